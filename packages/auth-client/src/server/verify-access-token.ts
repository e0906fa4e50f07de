import { decodeProtectedHeader, jwtVerify } from 'jose';
import { JOSEError } from 'jose/errors';
import type { KeySet } from './key-set.ts';
import type { RequestSession } from './request-session.ts';

export type VerifyOptions = { keys: KeySet; issuer: string; now: () => number };

const maxLength = 4_096;
const skewSeconds = 30;

/**
 * Reads an access token by RFC 9068 and RFC 8725: EdDSA only, `typ: at+jwt`, one of the published keys by its exact id.
 * Null for anything else, the token of a service account included. Says nothing about whether the session still lives.
 */
export async function verifyAccessToken(token: string, { keys, issuer, now }: VerifyOptions): Promise<RequestSession | null> {
  if (token.length > maxLength) return null;
  try {
    const header = decodeProtectedHeader(token);
    if (header.alg !== 'EdDSA' || typeof header.kid !== 'string') return null;
    if (header.jku || header.jwk || header.x5u || header.x5c || header.crit) return null;
    const key = await keys.key(header.kid);
    if (!key) return null;
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer,
      audience: issuer,
      clockTolerance: skewSeconds,
      currentDate: new Date(now()),
      requiredClaims: ['sub', 'sid', 'jti', 'iat', 'nbf', 'exp', 'auth_time'],
    });
    const { sub, exp, sid, amr, auth_time: authTime } = payload;
    if (typeof sub !== 'string' || typeof sid !== 'string' || exp === undefined || typeof authTime !== 'number') return null;
    const methods = Array.isArray(amr) ? amr.map(String) : [];
    return { userId: sub, sessionId: sid, methods, authenticatedAt: new Date(authTime * 1000), expiresAt: new Date(exp * 1000) };
  } catch (error) {
    if (error instanceof JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
