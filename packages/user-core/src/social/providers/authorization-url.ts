import { CodeChallengeMethod, OAuth2Client } from 'arctic';
import type { Endpoints, Provider } from './provider.ts';

export type FlowSecrets = { state: string; verifier: string; nonce: string };

/** Where the browser is sent: the code flow, with PKCE by S256 and a nonce wherever the provider takes them (RFC 9700 §2.1.1). */
export function authorizationUrl(provider: Provider, endpoints: Endpoints, { state, verifier, nonce }: FlowSecrets): string {
  const client = new OAuth2Client(provider.clientId, null, provider.redirectUri);
  const url = provider.refusesPkce
    ? client.createAuthorizationURL(endpoints.authorize, state, provider.scopes)
    : client.createAuthorizationURLWithPKCE(endpoints.authorize, state, CodeChallengeMethod.S256, verifier, provider.scopes);
  const params = {
    ...provider.authorizeParams,
    ...(provider.protocol === 'oidc' && { nonce }),
    ...(provider.responseMode && { response_mode: provider.responseMode }),
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}
