import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import type { SessionRow } from '../session/session.table.ts';
import type { UserCore } from '../user-core.ts';

/** What a verified access token says (RFC 9068 profile): nothing of the person but their id. */
export type AccessClaims = { userId: string; sessionId: string; expiresAt: Date };

const maxLength = 1024;

/** A JWT signed with Ed25519, `typ: at+jwt`, for `policy.accessToken.seconds`, never beyond the session itself. */
export async function signAccessToken(core: UserCore, session: SessionRow): Promise<{ accessToken: string; accessTokenExpiresAt: Date }> {
  const key = await core.signingKeys.current();
  const issuedAt = Math.floor(core.host.clock.now().getTime() / 1000);
  const expires = Math.min(issuedAt + core.policy.accessToken.seconds, Math.floor(session.expiresAt.getTime() / 1000));
  const accessToken = await new SignJWT({
    sid: session.id,
    amr: session.methods,
    auth_time: Math.floor(session.authenticatedAt.getTime() / 1000),
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.id })
    .setIssuer(core.host.issuer)
    .setAudience(core.host.issuer)
    .setSubject(session.userId)
    .setJti(core.host.random.bytes(16).toString('base64url'))
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(expires)
    .sign(key.privateKey);
  return { accessToken, accessTokenExpiresAt: new Date(expires * 1000) };
}

/**
 * Null unless the token is one of ours, unaltered and within its time (RFC 8725). The header only selects one of our own
 * keys; its algorithm is compared, never obeyed. Says nothing about whether the session still lives.
 */
export async function readAccessToken(core: UserCore, token: string): Promise<AccessClaims | null> {
  if (token.length > maxLength) return null;
  try {
    const header = decodeProtectedHeader(token);
    if (typeof header.kid !== 'string' || header.jku || header.jwk || header.x5u || header.x5c || header.crit) return null;
    const key = await core.signingKeys.publicKey(header.kid);
    if (!key) return null;
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: core.host.issuer,
      audience: core.host.issuer,
      clockTolerance: core.policy.accessToken.skewSeconds,
      currentDate: core.host.clock.now(),
      requiredClaims: ['sub', 'sid', 'jti', 'iat', 'nbf', 'exp'],
    });
    if (typeof payload.sub !== 'string' || typeof payload.sid !== 'string' || payload.exp === undefined) return null;
    return { userId: payload.sub, sessionId: payload.sid, expiresAt: new Date(payload.exp * 1000) };
  } catch (error) {
    if (error instanceof JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
