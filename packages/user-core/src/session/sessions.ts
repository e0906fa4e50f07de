import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { Refusal } from '../refusal.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { updateDeviceReleased } from './device.store.ts';
import { claimSessionEnd, findLivingSessions, type SignedIn, updateSessionsEnded } from './session.store.ts';
import type { SessionEnd } from './session.table.ts';
import { type Session, toSession } from './session.ts';

/** Every living session of the person, the most recently used first. Refusals: `too_many_attempts`. */
export async function listSessions(core: UserCore, me: SignedIn, caller: Caller): Promise<Session[]> {
  await charge(core, me, caller);
  const rows = await findLivingSessions(core.db, me.user.id, core.host.clock.now());
  return rows.map((row) => toSession(row, me.session.id));
}

/** Ends one of the person's sessions. Refusals: `not_found` (not theirs or not there: the same), `too_many_attempts`. */
export async function revokeSession(core: UserCore, me: SignedIn, sessionId: string, caller: Caller): Promise<void> {
  await charge(core, me, caller);
  const ended = await endOne(core, me.user.id, sessionId, 'revoked', caller);
  if (!ended) throw new Refusal('not_found');
}

/** Ends every other session of the person. Answers how many. Refusals: `too_many_attempts`. */
export async function revokeOtherSessions(core: UserCore, me: SignedIn, caller: Caller): Promise<number> {
  await charge(core, me, caller);
  return core.db.transaction(async (tx) => {
    await findUserForUpdate(tx, me.user.id);
    const ended = await endSessions(core, tx, me.user.id, me.session.id, 'revoked');
    if (ended.length > 0) {
      const entry = { event: 'session_revoke_all', userId: me.user.id, sessionId: me.session.id } as const;
      await insertAudit(tx, core.host.clock, caller.origin, entry);
    }
    return ended.length;
  });
}

/**
 * Ends every session whose secret the caller showed, and remembers the browser, which forgets us. Never fails for want of
 * a session. Only the account is counted: nobody else can keep a person from leaving. Refusals: `too_many_attempts`.
 */
export async function logout(core: UserCore, caller: Caller): Promise<void> {
  for (const userId of new Set(caller.presented.map(({ user }) => user.id))) {
    if (!(await core.limits.tryCharge('session', userId))) throw new Refusal('too_many_attempts', { retryAfterSeconds: 60 });
  }
  const device = caller.deviceToken === null ? null : secretTokenHash('device', caller.deviceToken);
  if (device) await updateDeviceReleased(core.db, device, caller.origin, core.host.clock.now());
  for (const { user, session } of caller.presented) await endOne(core, user.id, session.id, 'logged_out', caller);
}

/** Ends a user's sessions but one, inside the transaction of what made it necessary; each is an event. */
export async function endSessions(
  core: UserCore,
  tx: Transaction,
  userId: string,
  keepId: string | null,
  reason: SessionEnd,
): Promise<string[]> {
  const now = core.host.clock.now();
  const ended = await updateSessionsEnded(tx, userId, keepId, reason, now);
  for (const sessionId of ended) await insertEvent(tx, { type: 'session.revoked', userId, data: { sessionId, reason }, occurredAt: now });
  if (ended.length > 0) await core.host.jobs.enqueueEvents(tx);
  return ended;
}

/** Ends one session inside the transaction of what made it necessary. False when it was not there or had ended. */
export async function endSession(core: UserCore, tx: Transaction, userId: string, sessionId: string, reason: SessionEnd): Promise<boolean> {
  const now = core.host.clock.now();
  if (!(await claimSessionEnd(tx, sessionId, userId, reason, now))) return false;
  await insertEvent(tx, { type: 'session.revoked', userId, data: { sessionId, reason }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  return true;
}

function charge(core: UserCore, me: SignedIn, caller: Caller): Promise<void> {
  return core.limits.charge('session', { ip: caller.origin.ip, account: me.user.id });
}

async function endOne(core: UserCore, userId: string, sessionId: string, reason: SessionEnd, caller: Caller): Promise<boolean> {
  return core.db.transaction(async (tx) => {
    await findUserForUpdate(tx, userId);
    if (!(await endSession(core, tx, userId, sessionId, reason))) return false;
    const event = reason === 'logged_out' ? 'authn_logout' : 'session_revoke';
    await insertAudit(tx, core.host.clock, caller.origin, { event, userId, sessionId });
    return true;
  });
}
