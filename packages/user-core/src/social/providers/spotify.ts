import { z } from 'zod';
import { optionalText, splitName, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const user = z.object({ id: subject, email: optionalText, display_name: optionalText });

/** https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile. Its addresses are not verified, it says. */
export const spotify: ProviderDefinition = {
  id: 'spotify',
  name: 'Spotify',
  protocol: 'oauth',
  issuer: 'https://accounts.spotify.com',
  endpoints: {
    authorize: 'https://accounts.spotify.com/authorize',
    token: 'https://accounts.spotify.com/api/token',
    userinfo: 'https://api.spotify.com/v1/me',
    jwks: null,
  },
  scopes: ['user-read-email'],
  clientAuth: 'basic',
  readProfile(told) {
    const { id, email, display_name } = user.parse(told);
    return { subject: id, email, isEmailVerified: false, username: null, ...splitName(display_name) };
  },
};
