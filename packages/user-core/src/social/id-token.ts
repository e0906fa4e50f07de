import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { JOSEError } from 'jose/errors';
import { askProvider, beforeEnd, providerMilliseconds } from './ask-provider.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { Provider } from './providers/provider.ts';

/** Only signatures by a key of the provider's: no `none`, and nothing that our own client secret could have made. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

type FetchedKeys = { jwks(): { keys: { kid?: string; issuer?: unknown }[] } | undefined };
export type RemoteKeys = JWTVerifyGetKey & FetchedKeys;

/** Fetched through our own door; an unknown key id causes one more fetch in 30 seconds at most. */
export function remoteKeys(jwks: string, allowPlainHttp: boolean): RemoteKeys {
  return createRemoteJWKSet(new URL(jwks), {
    timeoutDuration: providerMilliseconds,
    cooldownDuration: 30_000,
    cacheMaxAge: 10 * 60_000,
    [customFetch]: async (url, { signal }) => {
      const { status, json } = await askProvider(url, {}, { signal, allowPlainHttp });
      return Response.json(json, { status });
    },
  });
}

/** How an ID token came: for a code of ours, with the nonce we sent, or from a native application, with the nonce it says it sent. */
export type IdTokenSource = { from: 'code'; nonce: string } | { from: 'application'; nonce: string | null };

export type VerifyOptions = { jwks: string; source: IdTokenSource; now: Date; skewSeconds: number; signal: AbortSignal };

/**
 * The claims of an ID token, once its signature, issuer, audience, times and nonce are right (OpenID Connect Core §3.1.3.7,
 * R-SOC-05). Throws a `ProviderFailure` otherwise.
 */
export async function verifyIdToken(provider: Provider, token: string, options: VerifyOptions): Promise<JWTPayload & { iss: string }> {
  const { source, now, skewSeconds, signal } = options;
  const keys = provider.keys(options.jwks);
  const audience = source.from === 'code' ? [provider.clientId] : [provider.clientId, ...provider.nativeClientIds];
  try {
    const issuer = provider.issuerFor ? provider.issuerFor(decodeJwt(token)) : provider.issuer;
    if (issuer === null) throw badToken('its ID token is of an unknown issuer');
    const { payload } = await beforeEnd(
      signal,
      jwtVerify(token, keys, {
        algorithms,
        issuer,
        audience,
        clockTolerance: skewSeconds,
        currentDate: now,
        requiredClaims: ['sub', 'iat', 'exp'],
      }),
    );
    const problem = whatIsWrong(payload, decodeProtectedHeader(token).typ, provider, source) ?? keyProblem(keys, token, issuer, payload);
    if (problem) throw badToken(problem);
    return { ...payload, iss: issuer };
  } catch (error) {
    // A published key that is none is a DOMException of the platform's.
    const isOfKeys = error instanceof DOMException || (error instanceof JOSEError && keyErrors.has(error.code));
    if (isOfKeys) throw new ProviderFailure('its keys cannot be read');
    // A malformed header is a TypeError.
    if (error instanceof JOSEError || error instanceof TypeError) throw badToken('its ID token is not valid');
    throw error;
  }
}

const keyErrors = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

function badToken(problem: string): ProviderFailure {
  return new ProviderFailure(problem, { isOfToken: true });
}

function whatIsWrong(payload: JWTPayload, typ: string | undefined, provider: Provider, source: IdTokenSource): string | null {
  // An access token or a logout token of the same issuer, for the same client, is no proof of a login (RFC 8725 §3.11).
  if (typ !== undefined && typ.toLowerCase() !== 'jwt') return 'its ID token is of another type';
  if (payload['events'] !== undefined) return 'its ID token is a logout token';
  const { azp, nonce } = payload;
  const isForSeveral = Array.isArray(payload.aud) && payload.aud.length > 1;
  if ((isForSeveral || (source.from === 'code' && azp !== undefined)) && azp !== provider.clientId)
    return 'its ID token was made for another client';
  if (nonce === undefined ? source.nonce !== null : nonce !== source.nonce) return 'its ID token has another nonce';
  return null;
}

/** Microsoft says with each key whose tokens it may sign: a key for personal accounts signs none of a company's. */
function keyProblem(keys: RemoteKeys, token: string, issuer: string, payload: JWTPayload): string | null {
  const { kid } = decodeProtectedHeader(token);
  const signer = keys.jwks()?.keys.find((key) => key.kid === kid)?.issuer;
  if (typeof signer !== 'string') return null;
  return signer.replace('{tenantid}', String(payload['tid'])) === issuer ? null : 'its ID token is signed with a key for another issuer';
}
