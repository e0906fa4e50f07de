import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { forgiveLogins } from '../login/find-account.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { isFromBrowser } from '../registration/browser.ts';
import { needsUsername } from '../registration/candidate.ts';
import { createAccount } from '../registration/create-account.ts';
import { findRegistration, lockEmail } from '../registration/registration.store.ts';
import type { RegistrationRow } from '../registration/registration.table.ts';
import { deleteDevices } from '../session/device.store.ts';
import { rememberDevice } from '../session/note-device.ts';
import { endSessions } from '../session/sessions.ts';
import { dropUnprovenIdentities } from '../social/drop-identities.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken, type OneTimeTokenRow } from '../token/one-time-token.store.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { findUser, findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { replacePassword } from './change-password.ts';
import { hashNewPassword, refuseWeakPassword } from './hash-new-password.ts';
import type { PasswordContext } from './password-rules.ts';

/**
 * Sets a new password with a mailed token, ends every session and forgets every device (R-PWD-09, -14). Nobody is logged in
 * by it; a browser is known from then on. A password that is refused leaves the token good (R-PWD-12). Refusals:
 * `invalid_token`, `registration_closed` (a registration that waits), `weak_password`, `username_taken` (a registration whose
 * name somebody was faster to take), `too_many_attempts`, `overloaded`.
 */
export async function confirmReset(
  core: UserCore,
  input: { token: string; newPassword: string },
  caller: Caller,
): Promise<{ deviceToken: string | null }> {
  const hash = secretTokenHash('reset_password', input.token);
  await core.limits.chargeClient('confirmReset', caller.origin.ip);
  const token = hash && (await findOneTimeToken(core.db, 'reset_password', hash, core.host.clock.now()));
  if (!token) throw new Refusal('invalid_token');
  const context = await contextOf(core, token);
  refuseWeakPassword(core, input.newPassword, context, 'newPassword');
  await core.limits.chargeAccount('confirmReset', hash.toString('base64url'));
  const passwordHash = await hashNewPassword(core, input.newPassword, context, 'newPassword', caller);
  const { user, deviceToken } = await core.db.transaction(async (tx) => {
    const owner = token.userId
      ? await resetUser(core, tx, { ...token, userId: token.userId }, passwordHash, caller)
      : await resetPending(core, tx, token, passwordHash, caller);
    // Whoever locks the account out by guessing does not lock out the browser that holds the mailbox (R-SES-15).
    return { user: owner, deviceToken: caller.credentials === 'cookie' ? await rememberDevice(core, tx, owner.id) : null };
  });
  await forgiveLogins(core, user);
  return { deviceToken };
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
): Promise<UserRow> {
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
  return user;
}

async function resetPending(
  core: UserCore,
  tx: Transaction,
  token: OneTimeTokenRow,
  passwordHash: string,
  caller: Caller,
): Promise<UserRow> {
  const registration = await findRegistration(tx, token.registrationId ?? '');
  if (!registration) throw new Refusal('invalid_token');
  if (core.policy.registration === 'closed') throw new Refusal('registration_closed');
  await lockEmail(tx, registration.emailCanonical);
  await claim(core, tx, token);
  try {
    const user = await createAccount(core, tx, { ...ownWords(core, registration, caller), passwordHash }, core.host.clock.now(), caller);
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'password_reset_consume', userId: user.id });
    await writeMail(core, tx, { kind: 'password_changed', to: user.email, content: occurrence(core, caller.origin) }, user.id);
    return user;
  } catch (error) {
    if (violatedConstraint(error) === 'user_email_canonical_unique') throw new Refusal('invalid_token');
    if (violatedConstraint(error) === 'user_username_canonical_unique') throw new Refusal('username_taken');
    throw error;
  }
}

/**
 * What is called theirs by whoever registered. Elsewhere than in that browser it may have been a stranger, who named somebody
 * else's account: only what an account cannot be without is kept.
 */
function ownWords(core: UserCore, registration: RegistrationRow, caller: Caller): RegistrationRow {
  if (isFromBrowser(registration, caller)) return registration;
  const nameless = needsUsername(core) ? {} : { username: null, usernameCanonical: null };
  return { ...registration, ...nameless, firstName: '', lastName: '', fields: {} };
}
