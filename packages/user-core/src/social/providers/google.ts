import { standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/** https://developers.google.com/identity/openid-connect/openid-connect */
export const google: ProviderDefinition = {
  id: 'google',
  name: 'Google',
  protocol: 'oidc',
  issuer: 'https://accounts.google.com',
  endpoints: {
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    userinfo: null,
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
  },
  scopes: ['openid', 'email', 'profile'],
  clientAuth: 'post',
  readProfile: standardProfile,
};
