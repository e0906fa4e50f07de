import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import type { Db, Transaction } from '../database.ts';
import type { SessionRow } from '../session/session.table.ts';
import type { UserCore } from '../user-core.ts';

/** What a verified access token says (RFC 9068 profile): nothing of the person but their id. */
export type AccessClaims = { userId: string; sessionId: string; expiresAt: Date };

/** What the access token of another server says. What it may do is not in it: that is looked up at every call. */
export type ServiceClaims = { serviceAccountId: string; expiresAt: Date };

/** Another type for another kind of caller: neither token passes for the other, here or at an offline verifier (RFC 8725 §3.11). */
type TokenType = 'at+jwt' | 'service-at+jwt';

const maxLength = 1024;
/** Where a token would bring its own key, or ask for rules we do not have. */
const refusedHeaders = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64'];

/** A JWT signed with Ed25519, `typ: at+jwt`, for `policy.accessToken.seconds`, never beyond the session itself. */
export async function signAccessToken(
  core: UserCore,
  db: Db | Transaction,
  session: SessionRow,
): Promise<{ accessToken: string; accessTokenExpiresAt: Date }> {
  const claims = { sid: session.id, amr: session.methods, auth_time: Math.floor(session.authenticatedAt.getTime() / 1000) };
  const { token, expiresAt } = await sign(core, db, 'at+jwt', session.userId, claims, session.expiresAt);
  return { accessToken: token, accessTokenExpiresAt: expiresAt };
}

/** The same for a service account; `scope` is for the reader of the token, not for us (RFC 9068 §2.2.3). */
export async function signServiceToken(
  core: UserCore,
  account: { id: string; scopes: string[] },
): Promise<{ accessToken: string; expiresAt: Date }> {
  const claims = { client_id: account.id, scope: account.scopes.join(' ') };
  const { token, expiresAt } = await sign(core, core.db, 'service-at+jwt', account.id, claims, null);
  return { accessToken: token, expiresAt };
}

/**
 * Null unless the token is one of ours, unaltered and within its time (RFC 8725). Says nothing about whether the session
 * still lives.
 */
export async function readAccessToken(core: UserCore, token: string): Promise<AccessClaims | null> {
  const payload = await verify(core, 'at+jwt', token, ['sid']);
  if (!payload || typeof payload['sid'] !== 'string') return null;
  return { userId: payload.sub, sessionId: payload['sid'], expiresAt: payload.expiresAt };
}

export async function readServiceClaims(core: UserCore, token: string): Promise<ServiceClaims | null> {
  const payload = await verify(core, 'service-at+jwt', token, ['client_id']);
  return payload && { serviceAccountId: payload.sub, expiresAt: payload.expiresAt };
}

async function sign(
  core: UserCore,
  db: Db | Transaction,
  typ: TokenType,
  subject: string,
  claims: JWTPayload,
  notAfter: Date | null,
): Promise<{ token: string; expiresAt: Date }> {
  const key = await core.signingKeys.current(db);
  const issuedAt = Math.floor(core.host.clock.now().getTime() / 1000);
  const longest = issuedAt + core.policy.accessToken.seconds;
  const expires = notAfter ? Math.min(longest, Math.floor(notAfter.getTime() / 1000)) : longest;
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.id })
    .setIssuer(core.host.issuer)
    .setAudience(core.host.issuer)
    .setSubject(subject)
    .setJti(core.host.random.bytes(16).toString('base64url'))
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(expires)
    .sign(key.privateKey);
  return { token, expiresAt: new Date(expires * 1000) };
}

/** The header only selects one of our own keys; its algorithm and type are compared, never obeyed. */
async function verify(
  core: UserCore,
  typ: TokenType,
  token: string,
  required: string[],
): Promise<(JWTPayload & { sub: string; expiresAt: Date }) | null> {
  if (token.length > maxLength) return null;
  try {
    const header = decodeProtectedHeader(token);
    if (typeof header.kid !== 'string' || refusedHeaders.some((name) => name in header)) return null;
    const key = await core.signingKeys.publicKey(header.kid);
    if (!key) return null;
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ,
      issuer: core.host.issuer,
      audience: core.host.issuer,
      clockTolerance: core.policy.accessToken.skewSeconds,
      currentDate: core.host.clock.now(),
      requiredClaims: ['sub', 'jti', 'iat', 'nbf', 'exp', ...required],
    });
    if (typeof payload.sub !== 'string' || payload.exp === undefined) return null;
    return { ...payload, sub: payload.sub, expiresAt: new Date(payload.exp * 1000) };
  } catch (error) {
    if (error instanceof JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
