import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { violatedConstraint } from '../database.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { hashNewPassword, refuseWeakPassword } from '../password/hash-new-password.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, openSession } from '../session/open-session.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import { findUserByEmail } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { holdUsername, type PreparedRegistration, prepareCandidate, requiredEmail } from './candidate.ts';
import { createAccount } from './create-account.ts';
import { deleteOldestRegistrations, insertRegistration, lockEmail } from './registration.store.ts';

/** What an account is asked for with. `fields` have been checked by the application’s own schema. */
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
type PendingOutcome = { status: 'email_verification_required'; email: string; browserToken: string | null };

const keptPerEmail = 5;

/**
 * Asks for an account. Where verification is mandatory the answer, its headers and its work are the same for a new, a
 * pending and an existing address (R-REG-01, -02); only the mail differs. Refusals: `registration_closed`, `invalid_input`,
 * `weak_password`, `username_taken`, `email_taken` (only where verification is not mandatory), `too_many_attempts`, `overloaded`.
 */
export async function register(core: UserCore, input: RegisterInput, caller: Caller): Promise<RegisterOutcome> {
  if (core.policy.registration === 'closed') throw new Refusal('registration_closed');
  const { email, username = null, firstName = '', lastName = '', fields = {} } = input;
  const asked = { email: requiredEmail(email).email, username, firstName, lastName, fields };
  refuseWeakPassword(core, input.password, asked, 'password');
  core.passwords.refuseWhenFull(caller.origin.ip);
  const candidate = await prepareCandidate(core, asked, caller);
  // Looks at the password again: the application's hook may have amended what it must not be made of.
  const passwordHash = await hashNewPassword(core, input.password, candidate, 'password', caller);
  const prepared = { ...candidate, passwordHash, identity: null };
  return core.policy.emailVerification === 'mandatory' ? registerPending(core, prepared, caller) : registerAtOnce(core, prepared, caller);
}

/** The row is written whether or not the address has an account; only who owns the mailbox learns which. */
export async function registerPending(core: UserCore, prepared: PreparedRegistration, caller: Caller): Promise<PendingOutcome> {
  const mayMail = await core.limits.tryCharge('mail', `registration ${prepared.emailCanonical}`);
  const browser = mintSecretToken('browser', core.host.random);
  await core.db.transaction(async (tx) => {
    await lockEmail(tx, prepared.emailCanonical);
    await holdUsername(core, tx, prepared);
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
