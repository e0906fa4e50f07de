import { signAccessToken } from '../access-token/access-token.ts';
import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Db, Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import { updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import { toUser, type User } from '../user/user.ts';
import type { UserCore } from '../user-core.ts';
import { noteDevice } from './note-device.ts';
import { formatRefreshToken } from './refresh-token.ts';
import { findLivingSessions, insertSession, type SignedIn } from './session.store.ts';
import type { SessionEnd, SessionRow } from './session.table.ts';
import { type Session, type Tokens, toSession } from './session.ts';
import { endSession } from './sessions.ts';

/** The secrets of a new session: a cookie or tokens, never both. `deviceToken` is set when the browser had none. */
export type SessionSecrets = { sessionToken: string | null; tokens: Tokens | null; deviceToken: string | null };

/** How a way in may end, when it is not refused. `second_factor_required` is reserved: nothing answers it yet. */
export type LoginOutcome =
  | { status: 'authenticated'; user: User; session: Session; secrets: SessionSecrets }
  | { status: 'email_verification_required'; email: string }
  | { status: 'second_factor_required'; methods: string[]; expiresAt: Date };

/** True while an account may not be used because its address is not proven: no session is opened for it. */
export function needsVerification(core: UserCore, user: Pick<UserRow, 'emailVerifiedAt'>): boolean {
  return core.policy.emailVerification === 'mandatory' && user.emailVerifiedAt === null;
}

/** What has been proven: the methods (RFC 8176 names) and the failures that came before. */
export type Proof = { methods: string[]; failuresBefore?: number };

/**
 * The only place where a session comes into being. Every way in ends here with what it has proven, so a demand for more
 * proof is made once, for all of them. The caller's transaction holds the user's row.
 */
export async function openSession(core: UserCore, tx: Transaction, user: UserRow, proof: Proof, caller: Caller): Promise<LoginOutcome> {
  const now = core.host.clock.now();
  await core.hooks.beforeLogin?.(toUser(user), { methods: proof.methods, origin: caller.origin, tx });
  await makeRoom(core, tx, user.id, caller);

  const deviceToken = await noteDevice(core, tx, user, caller);
  const secret = caller.credentials === 'cookie' ? mintSecretToken('session', core.host.random) : null;
  const row = await insertSession(tx, {
    id: newId(core.host),
    userId: user.id,
    tokenHash: secret?.hash ?? null,
    createdAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    ...expiry(core, now),
    methods: proof.methods,
    ip: caller.origin.ip,
    userAgent: caller.origin.userAgent,
  });
  const loggedIn = (await updateUser(tx, user.id, { lastLoginAt: now })) ?? user;
  await insertEvent(tx, { type: 'user.logged_in', userId: user.id, data: { sessionId: row.id, methods: proof.methods }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  const afterFailures = (proof.failuresBefore ?? 0) >= core.policy.noticeAfterFailures;
  await insertAudit(tx, core.host.clock, caller.origin, {
    event: afterFailures ? 'authn_login_successafterfail' : 'authn_login_success',
    userId: user.id,
    sessionId: row.id,
  });
  if (!secret) await insertAudit(tx, core.host.clock, caller.origin, { event: 'authn_token_created', userId: user.id, sessionId: row.id });
  if (afterFailures) {
    const content = { ...occurrence(core, caller.origin), failures: proof.failuresBefore ?? 0 };
    await writeNotice(core, tx, { kind: 'login_after_failures', to: user.email, content }, user);
  }
  const session = toSession(row, row.id);
  await core.hooks.afterLogin?.(tx, toUser(loggedIn), session);
  const tokens = secret ? null : await issueTokens(core, tx, row);
  return {
    status: 'authenticated',
    user: toUser(loggedIn),
    session,
    secrets: { sessionToken: secret?.token ?? null, tokens, deviceToken },
  };
}

/** An access token and the refresh token of the session's present generation. */
export async function issueTokens(core: UserCore, db: Db | Transaction, row: SessionRow): Promise<Tokens> {
  return {
    ...(await signAccessToken(core, db, row)),
    refreshToken: formatRefreshToken(core.keys, { sessionId: row.id, counter: row.refreshCounter }),
    refreshTokenExpiresAt: row.idleExpiresAt < row.expiresAt ? row.idleExpiresAt : row.expiresAt,
  };
}

function expiry(core: UserCore, now: Date): { idleExpiresAt: Date; expiresAt: Date } {
  const { idleSeconds, absoluteSeconds } = core.policy.session;
  const expiresAt = new Date(now.getTime() + absoluteSeconds * 1000);
  return { expiresAt, idleExpiresAt: new Date(Math.min(now.getTime() + idleSeconds * 1000, expiresAt.getTime())) };
}

/** A presented session of the same kind is never adopted: it ends (R-SES-03). The oldest go when there are too many (R-SES-12). */
async function makeRoom(core: UserCore, tx: Transaction, userId: string, caller: Caller): Promise<void> {
  const isSameKind = ({ session }: SignedIn) => (session.tokenHash !== null) === (caller.credentials === 'cookie');
  for (const { user, session } of caller.presented.filter(isSameKind)) await end(core, tx, user.id, session.id, 'reauthenticated', caller);
  const living = await findLivingSessions(tx, userId, core.host.clock.now());
  for (const oldest of living.slice(core.policy.session.maxPerUser - 1)) await end(core, tx, userId, oldest.id, 'evicted', caller);
}

async function end(core: UserCore, tx: Transaction, userId: string, sessionId: string, reason: SessionEnd, caller: Caller): Promise<void> {
  if (!(await endSession(core, tx, userId, sessionId, reason))) return;
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'session_revoke', reason, userId, sessionId });
}
