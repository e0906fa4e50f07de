import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { Refusal } from '../refusal.ts';
import { type PreparedCandidate, prepareCandidate, requiredEmail } from '../registration/candidate.ts';
import { registerPending } from '../registration/register.ts';
import { lockEmail } from '../registration/registration.store.ts';
import { findUserByEmail } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { askForMore, askToLink, missingFields } from './ask-person.ts';
import { enterAsKnown, enterAsNew, enterByLink } from './enter.ts';
import type { Address, Newcomer, Visit } from './newcomer.ts';
import type { Provider } from './providers/provider.ts';
import { findSocialAccount, lockIdentity } from './social-account.store.ts';
import { decideSocial } from './social-decision.ts';
import type { SocialAnswer } from './social-outcome.ts';

/** Not settled yet: a registration has to be prepared, or to wait for its mail, or somebody was faster. */
type Unsettled = 'unprepared' | 'unproven' | 'changed';

const maxAttempts = 4;

/**
 * Decides what becomes of somebody who came from a provider to log in, and does it. A registration is prepared between two
 * looks: the hook of the application may take its time, and no transaction waits for it.
 */
export async function arrive(core: UserCore, provider: Provider, newcomer: Newcomer, caller: Caller): Promise<SocialAnswer> {
  const visit: Visit = { provider, newcomer, address: addressOf(newcomer), caller };
  let prepared: PreparedCandidate | null = null;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const settled: SocialAnswer | Unsettled = await settle(core, visit, prepared);
    if (typeof settled !== 'string') return settled;
    if (settled === 'unprepared') prepared = await prepare(core, visit);
    if (settled === 'unproven' && prepared) return mailProof(core, visit, prepared);
  }
  throw new Refusal('overloaded', { retryAfterSeconds: 1 });
}

function addressOf({ arrival, email }: Newcomer): Address | null {
  const told = arrival.email === null ? null : requiredEmail(arrival.email);
  const address = email === undefined ? told : requiredEmail(email);
  return address && { ...address, isVerified: arrival.isEmailVerified && address.canonical === told?.canonical };
}

async function settle(core: UserCore, visit: Visit, prepared: PreparedCandidate | null): Promise<SocialAnswer | Unsettled> {
  try {
    return await core.db.transaction((tx) => settleUnderLocks(core, tx, visit, prepared));
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'user_username_canonical_unique') throw new Refusal('username_taken');
    // Somebody who takes none of our locks was faster; the next look sees what they wrote.
    if (constraint === 'user_email_canonical_unique' || constraint === 'social_account_identity_unique') return 'changed';
    throw error;
  }
}

/** With the identity and the address locked, two who come at once make one account (R-SOC-07). */
async function settleUnderLocks(
  core: UserCore,
  tx: Transaction,
  visit: Visit,
  prepared: PreparedCandidate | null,
): Promise<SocialAnswer | Unsettled> {
  const { newcomer, address, provider } = visit;
  await lockIdentity(tx, newcomer.arrival);
  if (address) await lockEmail(tx, address.canonical);
  const account = await findSocialAccount(tx, newcomer.arrival);
  const owner = address && (await findUserByEmail(tx, address.canonical));
  const decision = decideSocial({
    isConnected: account !== null,
    email: address ? (address.isVerified ? 'verified' : 'unproven') : 'none',
    emailOwner: owner ? (owner.emailVerifiedAt ? 'verified' : 'unverified') : 'nobody',
    mayLink: provider.mayLink,
    isRegistrationOpen: core.policy.registration === 'open',
    isIncomplete: newcomer.fields === null || missingFields(core, { newcomer, hasAddress: address !== null }).length > 0,
    mustProveEmail: core.policy.emailVerification === 'mandatory',
  });
  switch (decision) {
    case 'log_in':
      return (account && (await enterAsKnown(core, tx, visit, account))) ?? 'changed';
    case 'link':
      return (owner && (await enterByLink(core, tx, visit, owner))) ?? 'changed';
    case 'ask_to_link':
      return askToLink(core, tx, visit, owner?.id ?? null);
    case 'ask_for_more':
      return askForMore(core, tx, visit);
    case 'create_verified':
    case 'create_unverified':
      return prepared ? enterAsNew(core, tx, visit, prepared, decision === 'create_verified') : 'unprepared';
    case 'mail_proof':
      if (!prepared) return 'unprepared';
      await newcomer.claim?.(tx);
      return 'unproven';
    case 'refuse_closed':
      throw new Refusal('registration_closed');
    case 'refuse_taken':
      throw new Refusal('email_taken');
  }
}

/** The same gate as `register`: its limits, its hook, its rules for names. */
async function prepare(core: UserCore, { newcomer, address, caller }: Visit): Promise<PreparedCandidate> {
  if (!address) throw new Error('nobody registers without an address');
  const { username = null, fields, arrival } = newcomer;
  const asked = { email: address.email, username, firstName: arrival.firstName, lastName: arrival.lastName, fields: fields ?? {} };
  return prepareCandidate(core, asked, caller);
}

/** From here on it is a registration like any other: the same row, the same mails, the same answer (R-SOC-09). */
async function mailProof(core: UserCore, { newcomer, caller }: Visit, prepared: PreparedCandidate): Promise<SocialAnswer> {
  const { provider, issuer, subject, email, sealedTokens } = newcomer.arrival;
  const identity = { provider, issuer, subject, email, sealedTokens };
  const { browserToken, ...outcome } = await registerPending(core, { ...prepared, passwordHash: null, identity }, caller);
  return { outcome: { ...outcome, returnTo: newcomer.returnTo }, browserToken, socialToken: null };
}
