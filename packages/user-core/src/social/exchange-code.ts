import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { type AskOptions, askProvider } from './ask-provider.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { Provider, ProviderMetadata } from './providers/provider.ts';

const answer = z.object({
  access_token: z.string().min(1),
  id_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
});

export type ProviderTokens = z.output<typeof answer>;

/** Trades a code and its PKCE verifier for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export async function exchangeCode(
  provider: Provider,
  metadata: ProviderMetadata,
  grant: { code: string; verifier: string; now: Date },
  options: AskOptions,
): Promise<ProviderTokens> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: provider.redirectUri,
    ...(!provider.refusesPkce && { code_verifier: grant.verifier }),
  });
  const headers: Record<string, string> = {};
  const secret = await clientSecret(provider, grant.now);
  if (metadata.clientAuth === 'basic') headers['authorization'] = `Basic ${basic(provider.clientId, secret)}`;
  else for (const [name, value] of Object.entries({ client_id: provider.clientId, client_secret: secret })) body.set(name, value);

  const { status, json } = await askProvider(metadata.endpoints.token, { method: 'POST', headers, body }, options);
  const read = answer.safeParse(json);
  // GitHub says 200 to a code it refuses.
  if (status !== 200 || !read.success) throw new ProviderFailure(`it did not take the code (${status})`);
  return read.data;
}

/** Apple wants a short-lived JWT signed with a key of ours in the place of a secret. */
async function clientSecret({ clientId, clientSecret: secret, issuer }: Provider, now: Date): Promise<string> {
  if (typeof secret === 'string') return secret;
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: secret.keyId })
    .setIssuer(secret.teamId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 300)
    .sign(await importPKCS8(secret.privateKey, 'ES256'));
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((part) => new URLSearchParams({ part }).toString().slice('part='.length));
  return Buffer.from(encoded.join(':')).toString('base64');
}
