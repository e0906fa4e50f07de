import type { Caller } from '../caller.ts';
import type { Db, Transaction } from '../database.ts';
import type { RegistrationCandidate } from '../hooks.ts';
import { Refusal } from '../refusal.ts';
import type { PendingIdentity } from '../social/identity.ts';
import { canonicalEmail, type EmailAddress } from '../user/canonical-email.ts';
import { canonicalUsername, usernameIssue } from '../user/canonical-username.ts';
import { findUserByUsername } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { findUsernameHeldByOther, lockUsername } from './registration.store.ts';

/** Everything about a registration that is known before the address is looked up. */
export type PreparedCandidate = RegistrationCandidate & { emailCanonical: string; usernameCanonical: string | null };

/** The way in that comes with it: a password, or the identity at a provider that it would connect. */
export type PreparedRegistration = PreparedCandidate &
  ({ passwordHash: string; identity: null } | { passwordHash: null; identity: PendingIdentity });

/**
 * What every way to register goes through: the application's hook, then the rules for names, and the limits. What is refused
 * counts for the client alone: no stranger uses up an address's registrations by bad ones. Refusals: the hook's,
 * `invalid_input`, `username_taken`, `too_many_attempts`.
 */
export async function prepareCandidate(core: UserCore, asked: RegistrationCandidate, caller: Caller): Promise<PreparedCandidate> {
  const address = requiredEmail(asked.email);
  await core.limits.chargeClient('register', caller.origin.ip);
  const candidate = { ...asked, ...(await core.hooks.beforeRegister?.({ ...asked, email: address.email }, caller.origin)) };
  const username = readUsername(core, candidate.username);
  if (username && (await isUsernameTaken(core, core.db, username.canonical, address.canonical))) throw new Refusal('username_taken');
  await core.limits.chargeAccount('register', address.canonical);
  return {
    ...candidate,
    email: address.email,
    emailCanonical: address.canonical,
    username: username?.username ?? null,
    usernameCanonical: username?.canonical ?? null,
  };
}

/** Where a name is the only way to log in, an account without one would be locked out from its first day. */
function readUsername(core: UserCore, given: string | null): ReturnType<typeof canonicalUsername> {
  if (given === null && !needsUsername(core)) return null;
  const username = given === null ? null : canonicalUsername(given);
  if (username) return username;
  const issue = given === null ? { path: 'username', code: 'required', message: 'Choose a username.' } : usernameIssue(given);
  throw new Refusal('invalid_input', { fields: issue ? [issue] : [] });
}

export function needsUsername(core: UserCore): boolean {
  return !core.policy.loginIdentifiers.includes('email');
}

/** Refuses with `invalid_input` what is no address that we accept. */
export function requiredEmail(text: string): EmailAddress {
  const address = canonicalEmail(text);
  if (address) return address;
  throw new Refusal('invalid_input', { fields: [{ path: 'email', code: 'invalid_email', message: 'This is not an e-mail address.' }] });
}

/**
 * Looks again with the name locked: of two who ask for one at once the second is refused, rather than left with a registration
 * that can never be verified. After the address's lock, and before anything is written.
 */
export async function holdUsername(core: UserCore, tx: Transaction, prepared: PreparedCandidate): Promise<void> {
  const { usernameCanonical, emailCanonical } = prepared;
  if (usernameCanonical === null) return;
  await lockUsername(tx, usernameCanonical);
  if (await isUsernameTaken(core, tx, usernameCanonical, emailCanonical)) throw new Refusal('username_taken');
}

async function isUsernameTaken(core: UserCore, db: Db | Transaction, usernameCanonical: string, emailCanonical: string): Promise<boolean> {
  if (await findUserByUsername(db, usernameCanonical)) return true;
  return findUsernameHeldByOther(db, usernameCanonical, emailCanonical, core.host.clock.now());
}
