import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { createAccount } from '../registration/create-account.ts';
import { findRegistration, lockEmail } from '../registration/registration.store.ts';
import { deleteDevices } from '../session/device.store.ts';
import { endSessions } from '../session/sessions.ts';
import { dropUnprovenIdentities } from '../social/drop-identities.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken, type OneTimeTokenRow } from '../token/one-time-token.store.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { findUser, findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { replacePassword } from './change-password.ts';
import { hashNewPassword } from './hash-new-password.ts';
import type { PasswordContext } from './password-rules.ts';

/**
 * Sets a new password with a mailed token, ends every session and forgets every device (R-PWD-09, -14). Nobody is logged in
 * by it. A password that is refused leaves the token good (R-PWD-12). Refusals: `invalid_token`, `weak_password`,
 * `username_taken` (a registration whose name somebody was faster to take), `too_many_attempts`, `overloaded`.
 */
export async function confirmReset(core: UserCore, input: { token: string; newPassword: string }, caller: Caller): Promise<void> {
  const hash = secretTokenHash('reset_password', input.token);
  await core.limits.charge('confirmReset', { ip: caller.origin.ip, account: hash?.toString('base64url') ?? null });
  const token = hash && (await findOneTimeToken(core.db, 'reset_password', hash, core.host.clock.now()));
  if (!token) throw new Refusal('invalid_token');
  const passwordHash = await hashNewPassword(core, input.newPassword, await contextOf(core, token), 'newPassword', caller);
  const userId = await core.db.transaction((tx) =>
    token.userId
      ? resetUser(core, tx, { ...token, userId: token.userId }, passwordHash, caller)
      : resetPending(core, tx, token, passwordHash, caller),
  );
  await core.limits.forgive('login', `user ${userId}`);
  await core.limits.loginFailures.clear(`user ${userId}`);
}

/** The words that are the person's own: a password must not be made of them. */
async function contextOf(core: UserCore, token: OneTimeTokenRow): Promise<PasswordContext> {
  const owner = token.userId ? await findUser(core.db, token.userId) : await findRegistration(core.db, token.registrationId ?? '');
  return owner ?? { email: token.email };
}

async function claim(core: UserCore, tx: Transaction, { tokenHash }: OneTimeTokenRow): Promise<void> {
  if (!(await claimOneTimeToken(tx, 'reset_password', tokenHash, core.host.clock.now()))) throw new Refusal('invalid_token');
}

async function resetUser(
  core: UserCore,
  tx: Transaction,
  token: OneTimeTokenRow & { userId: string },
  passwordHash: string,
  caller: Caller,
): Promise<string> {
  const { userId } = token;
  const user = await findUserForUpdate(tx, userId);
  // Mailed to an address that is not the account's any more, it proves nothing.
  if (user?.email !== token.email) throw new Refusal('invalid_token');
  await claim(core, tx, token);
  const now = core.host.clock.now();
  await replacePassword(core, tx, user, passwordHash, caller);
  await deleteUserTokens(tx, userId, ['verify_email']);
  await endSessions(core, tx, userId, null, user.emailVerifiedAt ? 'password_changed' : 'email_proven');
  await deleteDevices(tx, userId);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'password_reset_consume', userId });
  if (user.emailVerifiedAt === null) {
    // The mailed token proves the mailbox: this is also the first proof of the address.
    await dropUnprovenIdentities(core, tx, userId, [], caller);
    await updateUser(tx, userId, { emailVerifiedAt: now });
    await insertEvent(tx, { type: 'user.email_verified', userId, data: { email: user.email }, occurredAt: now });
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'email_verify', userId });
  }
  return userId;
}

async function resetPending(
  core: UserCore,
  tx: Transaction,
  token: OneTimeTokenRow,
  passwordHash: string,
  caller: Caller,
): Promise<string> {
  const registration = await findRegistration(tx, token.registrationId ?? '');
  if (!registration) throw new Refusal('invalid_token');
  await lockEmail(tx, registration.emailCanonical);
  await claim(core, tx, token);
  try {
    const user = await createAccount(core, tx, { ...registration, passwordHash }, core.host.clock.now(), caller);
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'password_reset_consume', userId: user.id });
    await writeMail(core, tx, { kind: 'password_changed', to: user.email, content: occurrence(core, caller.origin) }, user.id);
    return user.id;
  } catch (error) {
    if (violatedConstraint(error) === 'user_email_canonical_unique') throw new Refusal('invalid_token');
    if (violatedConstraint(error) === 'user_username_canonical_unique') throw new Refusal('username_taken');
    throw error;
  }
}
