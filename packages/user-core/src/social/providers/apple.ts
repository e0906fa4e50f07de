import { standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/** https://developer.apple.com/documentation/signinwithapplerestapi. Its `email_verified` is documented as a flag or the text "true". */
export const apple: ProviderDefinition = {
  id: 'apple',
  name: 'Apple',
  protocol: 'oidc',
  issuer: 'https://appleid.apple.com',
  endpoints: {
    authorize: 'https://appleid.apple.com/auth/authorize',
    token: 'https://appleid.apple.com/auth/token',
    userinfo: null,
    jwks: 'https://appleid.apple.com/auth/keys',
  },
  scopes: ['openid', 'name', 'email'],
  clientAuth: 'post',
  responseMode: 'form_post',
  readProfile(told) {
    const profile = standardProfile(told);
    const { email_verified: asserted } = told as { email_verified?: unknown };
    return { ...profile, isEmailVerified: asserted === true || asserted === 'true' };
  },
};
