import { standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/**
 * https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2. Its ID token carries no
 * nonce, so the person is taken from `userinfo`, asked with the token that our own code gave us. A client with a secret that
 * sends a PKCE verifier is answered `invalid_client`.
 */
export const linkedin: ProviderDefinition = {
  id: 'linkedin',
  name: 'LinkedIn',
  protocol: 'oauth',
  issuer: 'https://www.linkedin.com/oauth',
  endpoints: {
    authorize: 'https://www.linkedin.com/oauth/v2/authorization',
    token: 'https://www.linkedin.com/oauth/v2/accessToken',
    userinfo: 'https://api.linkedin.com/v2/userinfo',
    jwks: null,
  },
  scopes: ['openid', 'profile', 'email'],
  clientAuth: 'post',
  refusesPkce: true,
  readProfile: standardProfile,
};
