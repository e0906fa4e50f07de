import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { forgiveLogins } from '../login/find-account.ts';
import { deleteUserMails } from '../mail/mail.store.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { deleteRegistrations, findUsernameHeldByOther, lockEmail } from '../registration/registration.store.ts';
import { requireFresh } from '../session/freshness.ts';
import type { SignedIn } from '../session/session.store.ts';
import { endSessions } from '../session/sessions.ts';
import type { UserCore } from '../user-core.ts';
import { canonicalUsername, usernameIssue } from './canonical-username.ts';
import { deleteUser, findUserForUpdate, updateUser } from './user.store.ts';
import { toUser, type User } from './user.ts';

/** What is left out stays as it is; `fields` are merged key by key. */
export type UpdateUserInput = {
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  fields?: Record<string, unknown> | undefined;
};

/** Changes what is given and nothing else; `fields` are merged key by key. Refusals: `invalid_input`, `username_taken`, `too_many_attempts`. */
export async function updateMe(core: UserCore, me: SignedIn, input: UpdateUserInput, caller: Caller): Promise<User> {
  await core.limits.charge('session', { ip: caller.origin.ip, account: me.user.id });
  const username = input.username === undefined ? undefined : canonicalUsername(input.username);
  const issue = input.username === undefined ? null : usernameIssue(input.username);
  if (issue) throw new Refusal('invalid_input', { fields: [issue] });
  const now = core.host.clock.now();
  if (username && (await findUsernameHeldByOther(core.db, username.canonical, me.user.emailCanonical, now)))
    throw new Refusal('username_taken');
  try {
    return await core.db.transaction(async (tx) => {
      const user = await findUserForUpdate(tx, me.user.id);
      if (!user) throw new Refusal('not_authenticated');
      const updated = await updateUser(tx, user.id, {
        ...(username && { username: username.username, usernameCanonical: username.canonical }),
        ...(input.firstName !== undefined && { firstName: input.firstName }),
        ...(input.lastName !== undefined && { lastName: input.lastName }),
        ...(input.fields !== undefined && { fields: { ...user.fields, ...input.fields } }),
        changedAt: now,
      });
      return toUser(updated ?? user);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'user_username_canonical_unique') throw new Refusal('username_taken');
    throw error;
  }
}

/**
 * Removes the person and all that is theirs in one transaction (R-STO-10): registrations that wait under their address and
 * mail that was not sent yet too. What was recorded for security keeps an id that leads nowhere. Refusals:
 * `reauthentication_required`, `too_many_attempts`.
 */
export async function deleteMe(core: UserCore, me: SignedIn, caller: Caller): Promise<void> {
  requireFresh(core, me);
  await core.limits.charge('session', { ip: caller.origin.ip, account: me.user.id });
  await core.db.transaction(async (tx) => {
    await lockEmail(tx, me.user.emailCanonical);
    const user = await findUserForUpdate(tx, me.user.id);
    if (!user) throw new Refusal('not_authenticated');
    await endSessions(core, tx, user.id, null, 'revoked');
    await insertEvent(tx, { type: 'user.deleted', userId: user.id, data: { email: user.email }, occurredAt: core.host.clock.now() });
    await core.host.jobs.enqueueEvents(tx);
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'account_delete', userId: user.id, sessionId: me.session.id });
    await deleteRegistrations(tx, user.emailCanonical);
    await deleteUserMails(tx, user.id);
    await writeMail(core, tx, { kind: 'account_deleted', to: user.email, content: occurrence(core, caller.origin) }, null);
    await deleteUser(tx, user.id);
  });
  await forgiveLogins(core, me.user);
}
