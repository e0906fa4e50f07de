import { z } from 'zod';
import { optionalText, splitName, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const user = z.object({ id: subject, login: optionalText, name: optionalText });
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** https://docs.github.com/en/apps/oauth-apps. The public address of a profile is not used: it need not be verified. */
export const github: ProviderDefinition = {
  id: 'github',
  name: 'GitHub',
  protocol: 'oauth',
  issuer: 'https://github.com/login/oauth',
  endpoints: {
    authorize: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    userinfo: 'https://api.github.com/user',
    jwks: null,
  },
  scopes: ['user:email'],
  clientAuth: 'post',
  alsoAsk: 'emails',
  readProfile(told, also) {
    const { id, login, name } = user.parse(told);
    const primary = emails.parse(also).find((address) => address.primary);
    return {
      subject: id,
      email: primary?.email ?? null,
      isEmailVerified: primary?.verified ?? false,
      username: login,
      ...splitName(name),
    };
  },
};
