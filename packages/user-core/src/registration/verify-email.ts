import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, openSession } from '../session/open-session.ts';
import { endSessions } from '../session/sessions.ts';
import { insertConnection } from '../social/connect-social.ts';
import { dropUnprovenIdentities } from '../social/drop-identities.ts';
import { lockIdentity } from '../social/social-account.store.ts';
import { claimOneTimeToken, deleteUserTokens, findOneTimeToken } from '../token/one-time-token.store.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { findUser, findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { isFromBrowser } from './browser.ts';
import { createAccount } from './create-account.ts';
import { findRegistration, lockEmail } from './registration.store.ts';
import type { RegistrationRow } from './registration.table.ts';

/** `password_required` consumed nothing: ask for the password. `verified` is for who was signed in as the owner already. */
export type VerifyEmailOutcome = LoginOutcome | { status: 'password_required' } | { status: 'verified' };

type Attempt = { tokenHash: Buffer; email: string; password: string | undefined; caller: Caller };

/**
 * Proves an address with the mailed token. In the browser that registered that is enough; anywhere else the password
 * chosen at registration is needed too, so that nobody activates a stranger's registration by opening a mail (R-REG-08).
 * Refusals: `invalid_token`, `registration_closed`, `invalid_credentials` and `username_taken` (the token stays good with these),
 * `too_many_attempts`, `overloaded`.
 */
export async function verifyEmail(
  core: UserCore,
  input: { token: string; password?: string | undefined },
  caller: Caller,
): Promise<VerifyEmailOutcome> {
  const tokenHash = secretTokenHash('verify_email', input.token);
  await core.limits.charge('verifyEmail', { ip: caller.origin.ip, account: tokenHash?.toString('base64url') ?? null });
  const token = tokenHash && (await findOneTimeToken(core.db, 'verify_email', tokenHash, core.host.clock.now()));
  if (!token) throw new Refusal('invalid_token');
  const attempt = { tokenHash, email: token.email, password: input.password, caller };
  if (token.userId) return verifyAccount(core, await findUser(core.db, token.userId), attempt);
  return verifyRegistration(core, await findRegistration(core.db, token.registrationId ?? ''), attempt);
}

/** The registration becomes an account, and whoever proved it is logged in. */
async function verifyRegistration(core: UserCore, registration: RegistrationRow | null, attempt: Attempt): Promise<VerifyEmailOutcome> {
  if (!registration) throw new Refusal('invalid_token');
  if (core.policy.registration === 'closed') throw new Refusal('registration_closed');
  const isSameBrowser = isFromBrowser(registration, attempt.caller);
  if (!isSameBrowser && !(await knowsPassword(core, registration, attempt))) return { status: 'password_required' };
  try {
    return await core.db.transaction(async (tx) => {
      if (registration.identity) await lockIdentity(tx, registration.identity);
      await lockEmail(tx, registration.emailCanonical);
      await claim(core, tx, attempt);
      const user = await createAccount(core, tx, registration, core.host.clock.now(), attempt.caller);
      // There is no password with it: only the browser that came from the provider gets here.
      if (registration.identity) await insertConnection(core, tx, user, registration.identity, { caller: attempt.caller, tell: null });
      return openSession(core, tx, user, { methods: isSameBrowser ? ['email'] : ['pwd', 'email'] }, attempt.caller);
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'user_email_canonical_unique') throw new Refusal('invalid_token');
    if (constraint === 'user_username_canonical_unique') throw new Refusal('username_taken');
    if (constraint === 'social_account_identity_unique') throw new Refusal('social_account_in_use');
    throw error;
  }
}

/** An account that exists already, because its address did not have to be proven first. */
async function verifyAccount(core: UserCore, known: UserRow | null, attempt: Attempt): Promise<VerifyEmailOutcome> {
  if (!known) throw new Refusal('invalid_token');
  const isSignedInOwner = attempt.caller.signedIn?.user.id === known.id;
  if (!isSignedInOwner && !(await knowsPassword(core, known, attempt))) return { status: 'password_required' };
  return core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, known.id);
    if (user?.email !== attempt.email || user.passwordHash !== known.passwordHash) throw new Refusal('invalid_token');
    await claim(core, tx, attempt);
    const proven = user.emailVerifiedAt ? user : await proveAddress(core, tx, user, attempt.caller);
    return isSignedInOwner ? { status: 'verified' } : openSession(core, tx, proven, { methods: ['pwd', 'email'] }, attempt.caller);
  });
}

/** False when no password was given; a wrong one is refused. */
async function knowsPassword(core: UserCore, owner: { passwordHash: string | null }, attempt: Attempt): Promise<boolean> {
  if (attempt.password === undefined) return false;
  if (await core.passwords.verify(attempt.password, owner.passwordHash, attempt.caller.origin.ip)) return true;
  throw new Refusal('invalid_credentials');
}

async function claim(core: UserCore, tx: Transaction, { tokenHash }: Attempt): Promise<void> {
  if (!(await claimOneTimeToken(tx, 'verify_email', tokenHash, core.host.clock.now()))) throw new Refusal('invalid_token');
}

/** First proof of the mailbox: whatever was done with the account before, by whoever had not proven it, ends (R-REG-09). */
async function proveAddress(core: UserCore, tx: Transaction, user: UserRow, caller: Caller): Promise<UserRow> {
  const now = core.host.clock.now();
  const own = caller.signedIn?.user.id === user.id ? caller.signedIn.session : null;
  await endSessions(core, tx, user.id, own?.id ?? null, 'email_proven');
  await dropUnprovenIdentities(core, tx, user.id, own?.methods ?? [], caller);
  await deleteUserTokens(tx, user.id, ['reset_password', 'change_email']);
  await insertEvent(tx, { type: 'user.email_verified', userId: user.id, data: { email: user.email }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'email_verify', userId: user.id });
  return (await updateUser(tx, user.id, { emailVerifiedAt: now, changedAt: now })) ?? user;
}
