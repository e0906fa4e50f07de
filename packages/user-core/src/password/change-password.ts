import { insertAudit, tryInsertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { requireFresh } from '../session/freshness.ts';
import { type RenewedSession, renewSession } from '../session/renew-session.ts';
import type { SignedIn } from '../session/session.store.ts';
import { endSessions } from '../session/sessions.ts';
import { deleteUserTokens } from '../token/one-time-token.store.ts';
import { findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { hashNewPassword, refuseWeakPassword } from './hash-new-password.ts';

export type ChangePasswordInput = { currentPassword: string; newPassword: string; keepOtherSessions?: boolean | undefined };

/**
 * Changes a password that is known. Every other session ends unless asked otherwise, this one gets new secrets, and a
 * notice is mailed (R-PWD-08, -09). Refusals: `invalid_credentials`, `weak_password`, `too_many_attempts`, `overloaded`.
 */
export async function changePassword(core: UserCore, me: SignedIn, input: ChangePasswordInput, caller: Caller): Promise<RenewedSession> {
  await provePassword(core, me, input.currentPassword, 'authn_password_change_fail', caller);
  const hash = await hashNewPassword(core, input.newPassword, me.user, 'newPassword', caller);
  return core.db.transaction(async (tx) => {
    const user = await lockUnchanged(tx, me);
    await replacePassword(core, tx, user, hash, caller);
    if (!input.keepOtherSessions) await endSessions(core, tx, user.id, me.session.id, 'password_changed');
    return renewSession(core, tx, me, me.session.methods, true);
  });
}

/**
 * Gives an account without a password its first one. Refusals: `reauthentication_required`, `password_already_set`,
 * `weak_password`, `too_many_attempts`, `overloaded`.
 */
export async function setPassword(core: UserCore, me: SignedIn, input: { newPassword: string }, caller: Caller): Promise<RenewedSession> {
  if (me.user.passwordHash !== null) throw new Refusal('password_already_set');
  requireFresh(core, me);
  refuseWeakPassword(core, input.newPassword, me.user, 'newPassword');
  await core.limits.charge('provePassword', { ip: caller.origin.ip, account: me.user.id });
  const hash = await hashNewPassword(core, input.newPassword, me.user, 'newPassword', caller);
  return core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, me.user.id);
    if (!user) throw new Refusal('not_authenticated');
    if (user.passwordHash !== null) throw new Refusal('password_already_set');
    await replacePassword(core, tx, user, hash, caller);
    await endSessions(core, tx, user.id, me.session.id, 'password_changed');
    return renewSession(core, tx, me, me.session.methods, true);
  });
}

/** Proves the password of somebody signed in, as often as a login may be tried. */
export async function provePassword(
  core: UserCore,
  me: SignedIn,
  password: string,
  failure: 'authn_password_change_fail' | 'sudo_fail',
  caller: Caller,
): Promise<void> {
  core.passwords.refuseWhenFull(caller.origin.ip);
  await core.limits.charge('provePassword', { ip: caller.origin.ip, account: me.user.id });
  if (!(await core.passwords.verify(password, me.user.passwordHash, caller.origin.ip))) {
    const entry = { event: failure, reason: 'invalid_credentials', userId: me.user.id, sessionId: me.session.id };
    await tryInsertAudit(core.db, core.host, caller.origin, entry);
    throw new Refusal('invalid_credentials');
  }
  await core.limits.forgive('provePassword', me.user.id);
}

/** Writes the hash and all that goes with a changed password: dead reset and e-mail-change tokens, event, audit, notice. */
export async function replacePassword(core: UserCore, tx: Transaction, user: UserRow, passwordHash: string, caller: Caller): Promise<void> {
  const now = core.host.clock.now();
  await updateUser(tx, user.id, { passwordHash, changedAt: now });
  await deleteUserTokens(tx, user.id, ['reset_password', 'change_email']);
  await insertEvent(tx, { type: 'user.password_changed', userId: user.id, data: {}, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'authn_password_change', userId: user.id });
  await writeNotice(core, tx, { kind: 'password_changed', to: user.email, content: occurrence(core, caller.origin) }, user);
}

/** The person as they were when their password was proven; anything else means that somebody was faster. */
async function lockUnchanged(tx: Transaction, me: SignedIn): Promise<UserRow> {
  const user = await findUserForUpdate(tx, me.user.id);
  if (!user) throw new Refusal('not_authenticated');
  if (user.passwordHash !== me.user.passwordHash) throw new Refusal('invalid_credentials');
  return user;
}
