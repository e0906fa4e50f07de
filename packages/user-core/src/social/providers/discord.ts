import { z } from 'zod';
import { flag, optionalText, splitName, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const user = z.object({ id: subject, email: optionalText, verified: flag, username: optionalText, global_name: optionalText });

/** https://discord.com/developers/docs/topics/oauth2 */
export const discord: ProviderDefinition = {
  id: 'discord',
  name: 'Discord',
  protocol: 'oauth',
  issuer: 'https://discord.com',
  endpoints: {
    authorize: 'https://discord.com/oauth2/authorize',
    token: 'https://discord.com/api/oauth2/token',
    userinfo: 'https://discord.com/api/users/@me',
    jwks: null,
  },
  scopes: ['identify', 'email'],
  clientAuth: 'basic',
  readProfile(told) {
    const { id, email, verified, username, global_name } = user.parse(told);
    return { subject: id, email, isEmailVerified: verified, username, ...splitName(global_name) };
  },
};
