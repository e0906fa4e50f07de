import { standardProfile, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

/**
 * https://docs.slack.dev/authentication/sign-in-with-slack. A user's id is promised to be unique within its workspace only.
 * Its PKCE is for clients without a secret and fails beside one; the nonce binds the code here.
 */
export const slack: ProviderDefinition = {
  id: 'slack',
  name: 'Slack',
  protocol: 'oidc',
  issuer: 'https://slack.com',
  endpoints: {
    authorize: 'https://slack.com/openid/connect/authorize',
    token: 'https://slack.com/api/openid.connect.token',
    userinfo: null,
    jwks: 'https://slack.com/openid/connect/keys',
  },
  scopes: ['openid', 'email', 'profile'],
  clientAuth: 'post',
  refusesPkce: true,
  readProfile(told) {
    const profile = standardProfile(told);
    const team = (told as Record<string, unknown>)['https://slack.com/team_id'];
    return { ...profile, subject: typeof team === 'string' ? subject.parse(`${team}/${profile.subject}`) : profile.subject };
  },
};
