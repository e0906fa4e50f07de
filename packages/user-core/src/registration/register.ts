import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { violatedConstraint } from '../database.ts';
import type { RegistrationCandidate } from '../hooks.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { hashNewPassword } from '../password/hash-new-password.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, openSession } from '../session/open-session.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { canonicalUsername } from '../user/canonical-username.ts';
import { findUserByEmail, findUserByUsername } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { createAccount } from './create-account.ts';
import { deleteOldestRegistrations, findUsernameHeldByOther, insertRegistration, lockEmail } from './registration.store.ts';

export type RegisterInput = {
  email: string;
  password: string;
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  fields?: Record<string, unknown> | undefined;
};

/** `browserToken` binds the pending registration to who asked; it is given on every branch alike. */
export type RegisterOutcome = LoginOutcome & { browserToken: string | null };

/** Everything about a registration that is known before anything is looked up. */
export type PreparedRegistration = RegistrationCandidate & {
  emailCanonical: string;
  usernameCanonical: string | null;
  passwordHash: string;
};

const keptPerEmail = 5;

/**
 * Asks for an account. Where verification is mandatory the answer, its headers and its work are the same for a new, a
 * pending and an existing address (R-REG-01, -02); only the mail differs. Refusals: `registration_closed`, `invalid_input`,
 * `weak_password`, `username_taken`, `email_taken` (only where verification is not mandatory), `too_many_attempts`, `overloaded`.
 */
export async function register(core: UserCore, input: RegisterInput, caller: Caller): Promise<RegisterOutcome> {
  if (core.policy.registration === 'closed') throw new Refusal('registration_closed');
  const address = canonicalEmail(input.email);
  if (!address)
    throw new Refusal('invalid_input', { fields: [{ path: 'email', code: 'invalid_email', message: 'This is not an e-mail address.' }] });
  core.passwords.refuseWhenFull(caller.origin.ip);
  await core.limits.charge('register', { ip: caller.origin.ip, account: address.canonical });
  const prepared = await prepare(core, input, address, caller);
  return core.policy.emailVerification === 'mandatory' ? registerPending(core, prepared, caller) : registerAtOnce(core, prepared, caller);
}

async function prepare(
  core: UserCore,
  input: RegisterInput,
  address: { email: string; canonical: string },
  caller: Caller,
): Promise<PreparedRegistration> {
  const asked: RegistrationCandidate = {
    email: address.email,
    username: input.username ?? null,
    firstName: input.firstName ?? '',
    lastName: input.lastName ?? '',
    fields: input.fields ?? {},
  };
  const candidate = { ...asked, ...(await core.hooks.beforeRegister?.({ ...asked }, caller.origin)) };
  const username = readUsername(core, candidate.username);
  if (username && (await isUsernameTaken(core, username.canonical, address.canonical))) throw new Refusal('username_taken');
  return {
    ...candidate,
    email: address.email,
    emailCanonical: address.canonical,
    username: username?.username ?? null,
    usernameCanonical: username?.canonical ?? null,
    passwordHash: await hashNewPassword(core, input.password, candidate, 'password', caller),
  };
}

/** Where a name is the only way to log in, an account without one would be locked out from its first day. */
function readUsername(core: UserCore, given: string | null): ReturnType<typeof canonicalUsername> {
  const isRequired = !core.policy.loginIdentifiers.includes('email');
  if (given === null && !isRequired) return null;
  const username = given === null ? null : canonicalUsername(given);
  if (username) return username;
  const [code, message] =
    given === null ? ['required', 'Choose a username.'] : ['invalid_username', 'Use 1 to 150 letters, digits or _ . + - for a username.'];
  throw new Refusal('invalid_input', { fields: [{ path: 'username', code, message }] });
}

async function isUsernameTaken(core: UserCore, usernameCanonical: string, emailCanonical: string): Promise<boolean> {
  if (await findUserByUsername(core.db, usernameCanonical)) return true;
  return findUsernameHeldByOther(core.db, usernameCanonical, emailCanonical, core.host.clock.now());
}

/** The row is written whether or not the address has an account; only who owns the mailbox learns which. */
async function registerPending(core: UserCore, prepared: PreparedRegistration, caller: Caller): Promise<RegisterOutcome> {
  const mayMail = await core.limits.tryCharge('mail', prepared.emailCanonical);
  const browser = mintSecretToken('browser', core.host.random);
  await core.db.transaction(async (tx) => {
    await lockEmail(tx, prepared.emailCanonical);
    const owner = await findUserByEmail(tx, prepared.emailCanonical);
    const createdAt = core.host.clock.now();
    const registration = await insertRegistration(tx, {
      ...prepared,
      id: newId(core.host),
      browserHash: browser.hash,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + core.policy.token.verifyEmailSeconds * 1000),
    });
    await deleteOldestRegistrations(tx, registration, keptPerEmail);
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'registration', userId: owner?.id ?? null });
    if (!mayMail) return;
    // A token is made on both branches, for the sake of equal work; only a new address is ever told one.
    const content = await issueOneTimeToken(core, tx, 'verify_email', { registrationId: registration.id }, registration.email);
    if (owner)
      await writeMail(core, tx, { kind: 'already_registered', to: owner.email, content: occurrence(core, caller.origin) }, owner.id);
    else await writeMail(core, tx, { kind: 'verify_email', to: registration.email, content }, null);
  });
  return {
    status: 'email_verification_required',
    email: prepared.email,
    browserToken: caller.credentials === 'cookie' ? browser.token : null,
  };
}

async function registerAtOnce(core: UserCore, prepared: PreparedRegistration, caller: Caller): Promise<RegisterOutcome> {
  try {
    return await core.db.transaction(async (tx) => {
      const user = await createAccount(core, tx, prepared, null, caller);
      if (core.policy.emailVerification === 'optional') {
        const content = await issueOneTimeToken(core, tx, 'verify_email', { userId: user.id }, user.email);
        await writeMail(core, tx, { kind: 'verify_email', to: user.email, content }, user.id);
      }
      const outcome = await openSession(core, tx, user, { methods: ['pwd'] }, caller);
      return { ...outcome, browserToken: null };
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'user_email_canonical_unique') throw new Refusal('email_taken');
    if (constraint === 'user_username_canonical_unique') throw new Refusal('username_taken');
    throw error;
  }
}
