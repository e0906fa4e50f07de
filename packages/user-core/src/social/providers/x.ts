import { z } from 'zod';
import { optionalText, splitName, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const user = z.object({ data: z.object({ id: subject, username: optionalText, name: optionalText, confirmed_email: optionalText }) });

/** https://docs.x.com/resources/fundamentals/authentication. It tells an address only once it has been confirmed there. */
export const x: ProviderDefinition = {
  id: 'x',
  name: 'X',
  protocol: 'oauth',
  issuer: 'https://x.com',
  endpoints: {
    authorize: 'https://x.com/i/oauth2/authorize',
    token: 'https://api.x.com/2/oauth2/token',
    userinfo: 'https://api.x.com/2/users/me',
    jwks: null,
  },
  // Reading oneself needs `tweet.read` there.
  scopes: ['users.read', 'tweet.read', 'users.email'],
  clientAuth: 'basic',
  userinfoParams: () => ({ 'user.fields': 'confirmed_email' }),
  readProfile(told) {
    const { id, username, name, confirmed_email } = user.parse(told).data;
    return { subject: id, email: confirmed_email, isEmailVerified: confirmed_email !== null, username, ...splitName(name) };
  },
};
