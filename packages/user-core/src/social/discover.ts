import { z } from 'zod';
import { type AskOptions, askProvider, isAllowed } from './ask-provider.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { ProviderMetadata } from './providers/provider.ts';

const document = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  userinfo_endpoint: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});

/** Reads what an issuer says of itself (OpenID Connect Discovery §4). It must call itself what the configuration calls it. */
export async function discover(issuer: string, options: AskOptions): Promise<ProviderMetadata> {
  const { status, json } = await askProvider(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {}, options);
  const read = document.safeParse(json);
  if (status !== 200 || !read.success) throw new ProviderFailure('its discovery document cannot be used');
  const found = read.data;
  if (found.issuer !== issuer) throw new ProviderFailure('its discovery document is for another issuer');
  const endpoints = {
    authorize: found.authorization_endpoint,
    token: found.token_endpoint,
    userinfo: found.userinfo_endpoint ?? null,
    jwks: found.jwks_uri,
  };
  const urls = Object.values(endpoints).filter((url) => url !== null);
  if (!urls.every((url) => isAllowed(url, options.allowPlainHttp)))
    throw new ProviderFailure('its discovery document names no https address');
  const methods = found.token_endpoint_auth_methods_supported;
  return {
    endpoints,
    clientAuth: methods.includes('client_secret_basic') || !methods.includes('client_secret_post') ? 'basic' : 'post',
    sendsIssuer: found.authorization_response_iss_parameter_supported,
  };
}
