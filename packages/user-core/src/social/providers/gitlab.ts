import { standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/** https://docs.gitlab.com/integration/openid_connect_provider. A GitLab of one's own is an OpenID Connect issuer like any other. */
export const gitlab: ProviderDefinition = {
  id: 'gitlab',
  name: 'GitLab',
  protocol: 'oidc',
  issuer: 'https://gitlab.com',
  endpoints: {
    authorize: 'https://gitlab.com/oauth/authorize',
    token: 'https://gitlab.com/oauth/token',
    userinfo: 'https://gitlab.com/oauth/userinfo',
    jwks: 'https://gitlab.com/oauth/discovery/keys',
  },
  scopes: ['openid', 'email', 'profile'],
  clientAuth: 'basic',
  readProfile: standardProfile,
};
