import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, openSession } from '../session/open-session.ts';
import { endSessions } from '../session/sessions.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken } from '../token/one-time-token.store.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { createAccount } from './create-account.ts';
import { findRegistration, lockEmail } from './registration.store.ts';
import type { RegistrationRow } from './registration.table.ts';

export type VerifyEmailOutcome = LoginOutcome | { status: 'password_required' } | { status: 'verified' };

/**
 * Proves an address with the mailed token. In the browser that registered that is enough; anywhere else the password
 * chosen at registration is needed too, so that nobody activates a stranger's registration by opening a mail (R-REG-08).
 * Refusals: `invalid_token`, `invalid_credentials` (the token stays good), `too_many_attempts`, `overloaded`.
 */
export async function verifyEmail(
  core: UserCore,
  input: { token: string; password?: string | undefined },
  caller: Caller,
): Promise<VerifyEmailOutcome> {
  const hash = secretTokenHash('verify_email', input.token);
  await core.limits.charge('verifyEmail', { ip: caller.origin.ip, account: hash?.toString('base64url') ?? null });
  const found = hash && (await findOneTimeToken(core.db, 'verify_email', hash, core.host.clock.now()));
  if (!hash || !found) throw new Refusal('invalid_token');

  const registration = found.registrationId ? await findRegistration(core.db, found.registrationId) : null;
  const userId = found.userId;
  const passwordHash = registration ? registration.passwordHash : await passwordHashOf(core, userId);
  const isSignedInOwner = userId !== null && caller.signedIn?.user.id === userId;
  const isSameBrowser = registration !== null && isFromBrowser(registration, caller);
  if (!isSignedInOwner && !isSameBrowser) {
    if (input.password === undefined) return { status: 'password_required' };
    if (!(await core.passwords.verify(input.password, passwordHash, caller.origin.ip))) throw new Refusal('invalid_credentials');
  }
  try {
    return await core.db.transaction(async (tx) => {
      if (registration) await lockEmail(tx, registration.emailCanonical);
      const claimed = await claimOneTimeToken(tx, 'verify_email', hash, core.host.clock.now());
      if (!claimed) throw new Refusal('invalid_token');
      if (registration) return enter(core, tx, registration, input.password !== undefined, caller);
      const user = await proveAddress(core, tx, userId ?? '', passwordHash, caller);
      return isSignedInOwner ? { status: 'verified' } : openSession(core, tx, user, { methods: ['pwd'] }, caller);
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'user_email_canonical_unique') throw new Refusal('invalid_token');
    if (constraint === 'user_username_canonical_unique') throw new Refusal('username_taken');
    throw error;
  }
}

async function enter(
  core: UserCore,
  tx: Transaction,
  registration: RegistrationRow,
  knewPassword: boolean,
  caller: Caller,
): Promise<LoginOutcome> {
  const user = await createAccount(core, tx, registration, core.host.clock.now(), caller);
  return openSession(core, tx, user, { methods: knewPassword ? ['pwd', 'email'] : ['email'] }, caller);
}

/** First proof of the mailbox: whatever was done with the account before, by whoever had not proven it, ends (R-REG-09). */
async function proveAddress(
  core: UserCore,
  tx: Transaction,
  userId: string,
  passwordHash: string | null,
  caller: Caller,
): Promise<UserRow> {
  const user = await findUserForUpdate(tx, userId);
  if (!user || user.passwordHash !== passwordHash) throw new Refusal('invalid_token');
  const now = core.host.clock.now();
  if (user.emailVerifiedAt) return user;
  await endSessions(core, tx, userId, caller.signedIn?.user.id === userId ? caller.signedIn.session.id : null, 'email_proven');
  await deleteUserTokens(tx, userId, ['reset_password', 'change_email']);
  await insertEvent(tx, { type: 'user.email_verified', userId, data: { email: user.email }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'email_verify', userId });
  return (await updateUser(tx, userId, { emailVerifiedAt: now, changedAt: now })) ?? user;
}

async function passwordHashOf(core: UserCore, userId: string | null): Promise<string | null> {
  return userId === null ? null : core.db.transaction(async (tx) => (await findUserForUpdate(tx, userId))?.passwordHash ?? null);
}

function isFromBrowser(registration: RegistrationRow, caller: Caller): boolean {
  const hash = caller.browserToken === null ? null : secretTokenHash('browser', caller.browserToken);
  return hash?.equals(registration.browserHash) ?? false;
}
