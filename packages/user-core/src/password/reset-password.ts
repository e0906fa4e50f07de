import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { createAccount } from '../registration/create-account.ts';
import { findNewestRegistrationByEmail, findRegistration, lockEmail } from '../registration/registration.store.ts';
import { deleteDevices } from '../session/device.store.ts';
import { endSessions } from '../session/sessions.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken, type OneTimeTokenRow } from '../token/one-time-token.store.ts';
import { issueOneTimeToken, type TokenOwner } from '../token/one-time-token.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserByEmail, findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { replacePassword } from './change-password.ts';
import { type PasswordContext, passwordIssues } from './password-rules.ts';

/**
 * Mails a reset token, to the stored address, when there is somebody to mail it to; the answer and the work before it are
 * the same for every address (R-PWD-10). Refusals: `too_many_attempts`.
 */
export async function requestReset(core: UserCore, input: { email: string }, caller: Caller): Promise<void> {
  const address = canonicalEmail(input.email);
  await core.limits.charge('requestReset', { ip: caller.origin.ip, account: address?.canonical ?? input.email.slice(0, 320) });
  if (!address || !(await core.limits.tryCharge('mail', address.canonical))) return;
  await core.db.transaction(async (tx) => {
    await lockEmail(tx, address.canonical);
    const found = await findOwner(core, tx, address.canonical);
    const userId = found && 'userId' in found.owner ? found.owner.userId : null;
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'password_reset_request', userId });
    if (!found) return;
    const content = await issueOneTimeToken(core, tx, 'reset_password', found.owner, found.email);
    await writeMail(core, tx, { kind: 'reset_password', to: found.email, content }, userId);
  });
}

/** An account, or the newest registration that waits for its address to be proven: a reset proves it too. */
async function findOwner(core: UserCore, tx: Transaction, emailCanonical: string): Promise<{ owner: TokenOwner; email: string } | null> {
  const user = await findUserByEmail(tx, emailCanonical);
  if (user) return { owner: { userId: user.id }, email: user.email };
  const registration = await findNewestRegistrationByEmail(tx, emailCanonical, core.host.clock.now());
  return registration && { owner: { registrationId: registration.id }, email: registration.email };
}

/**
 * Sets a new password with a mailed token, ends every session and forgets every device (R-PWD-09, -14). Nobody is logged in
 * by it. A password that is refused leaves the token good (R-PWD-12). Refusals: `invalid_token`, `weak_password`,
 * `too_many_attempts`, `overloaded`.
 */
export async function confirmReset(core: UserCore, input: { token: string; newPassword: string }, caller: Caller): Promise<void> {
  const hash = secretTokenHash('reset_password', input.token);
  await core.limits.charge('confirmReset', { ip: caller.origin.ip, account: hash?.toString('base64url') ?? null });
  const found = hash && (await findOneTimeToken(core.db, 'reset_password', hash, core.host.clock.now()));
  if (!hash || !found) throw new Refusal('invalid_token');
  const issues = passwordIssues(input.newPassword, core.policy.password, await contextOf(core, found), 'newPassword');
  if (issues.length > 0) throw new Refusal('weak_password', { fields: issues });
  const passwordHash = await core.passwords.hash(input.newPassword, caller.origin.ip);
  const userId = await core.db.transaction(async (tx) => {
    const claimed = await claimOneTimeToken(tx, 'reset_password', hash, core.host.clock.now());
    if (!claimed) throw new Refusal('invalid_token');
    return claimed.userId
      ? resetUser(core, tx, claimed.userId, passwordHash, caller)
      : resetPending(core, tx, claimed, passwordHash, caller);
  });
  await core.limits.forgive('login', `user ${userId}`);
  await core.limits.loginFailures.clear(`user ${userId}`);
}

async function contextOf(core: UserCore, token: OneTimeTokenRow): Promise<PasswordContext> {
  const owner = token.registrationId
    ? await findRegistration(core.db, token.registrationId)
    : await findUserByEmail(core.db, token.email.toLowerCase());
  return owner ?? { email: token.email };
}

async function resetUser(core: UserCore, tx: Transaction, userId: string, passwordHash: string, caller: Caller): Promise<string> {
  const user = await findUserForUpdate(tx, userId);
  if (!user) throw new Refusal('invalid_token');
  const now = core.host.clock.now();
  await replacePassword(core, tx, user, passwordHash, caller);
  await deleteUserTokens(tx, userId, ['verify_email']);
  await endSessions(core, tx, userId, null, user.emailVerifiedAt ? 'password_changed' : 'email_proven');
  await deleteDevices(tx, userId);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'password_reset_consume', userId });
  if (user.emailVerifiedAt === null) {
    // The mailed token proves the mailbox: this is also the first proof of the address.
    await updateUser(tx, userId, { emailVerifiedAt: now });
    await insertEvent(tx, { type: 'user.email_verified', userId, data: { email: user.email }, occurredAt: now });
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
  const registration = token.registrationId ? await findRegistration(tx, token.registrationId) : null;
  if (!registration) throw new Refusal('invalid_token');
  await lockEmail(tx, registration.emailCanonical);
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
