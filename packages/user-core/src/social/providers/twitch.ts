import { standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/** https://dev.twitch.tv/docs/authentication/getting-tokens-oidc. It puts into its ID token what the request names. */
export const twitch: ProviderDefinition = {
  id: 'twitch',
  name: 'Twitch',
  protocol: 'oidc',
  issuer: 'https://id.twitch.tv/oauth2',
  endpoints: {
    authorize: 'https://id.twitch.tv/oauth2/authorize',
    token: 'https://id.twitch.tv/oauth2/token',
    userinfo: null,
    jwks: 'https://id.twitch.tv/oauth2/keys',
  },
  scopes: ['openid', 'user:read:email'],
  clientAuth: 'post',
  authorizeParams: { claims: JSON.stringify({ id_token: { email: null, email_verified: null, preferred_username: null } }) },
  readProfile: standardProfile,
};
