import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { optionalText, subject } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const user = z.object({ id: subject, email: optionalText, first_name: optionalText, last_name: optionalText });

/**
 * https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow. It says nothing on whether an address is
 * verified. It forgets a PKCE challenge, and then refuses the code for the verifier that comes with it.
 */
export const facebook: ProviderDefinition = {
  id: 'facebook',
  name: 'Facebook',
  protocol: 'oauth',
  issuer: 'https://www.facebook.com',
  endpoints: {
    authorize: 'https://www.facebook.com/v23.0/dialog/oauth',
    token: 'https://graph.facebook.com/v23.0/oauth/access_token',
    userinfo: 'https://graph.facebook.com/v23.0/me',
    jwks: null,
  },
  scopes: ['public_profile', 'email'],
  clientAuth: 'post',
  refusesPkce: true,
  userinfoParams: (accessToken, clientSecret) => ({
    fields: 'id,email,first_name,last_name',
    appsecret_proof: createHmac('sha256', clientSecret).update(accessToken).digest('hex'),
  }),
  readProfile(told) {
    const { id, email, first_name, last_name } = user.parse(told);
    return { subject: id, email, isEmailVerified: false, username: null, firstName: first_name ?? '', lastName: last_name ?? '' };
  },
};
