import type { Transaction } from '../database.ts';
import { writeMail } from '../mail/outbox.ts';
import type { PreparedCandidate } from '../registration/candidate.ts';
import { createAccount } from '../registration/create-account.ts';
import { type LoginOutcome, needsVerification, openSession } from '../session/open-session.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { insertConnection } from './connect-social.ts';
import type { Visit } from './newcomer.ts';
import { updateSocialAccount } from './social-account.store.ts';
import type { SocialAccountRow } from './social-account.table.ts';
import { socialMethod } from './social-method.ts';
import { answered, type SocialAnswer } from './social-outcome.ts';

/** By an identity that is connected already. Null when the account went away meanwhile. */
export async function enterAsKnown(core: UserCore, tx: Transaction, visit: Visit, account: SocialAccountRow): Promise<SocialAnswer | null> {
  const { arrival, claim } = visit.newcomer;
  const user = await findUserForUpdate(tx, account.userId);
  if (!user) return null;
  await claim?.(tx);
  await updateSocialAccount(tx, account.id, {
    email: arrival.email,
    lastLoginAt: core.host.clock.now(),
    ...(arrival.sealedTokens !== null && { sealedTokens: arrival.sealedTokens }),
  });
  return openFor(core, tx, visit, user);
}

/** By the provider's word on an address that the account has proven: the operator asked for it, and the owner is told. */
export async function enterByLink(core: UserCore, tx: Transaction, visit: Visit, owner: UserRow): Promise<SocialAnswer | null> {
  const user = await findUserForUpdate(tx, owner.id);
  if (!user || user.emailCanonical !== owner.emailCanonical || user.emailVerifiedAt === null) return null;
  await visit.newcomer.claim?.(tx);
  const { arrival } = visit.newcomer;
  await insertConnection(core, tx, user, arrival, { caller: visit.caller, tell: visit.provider.name, isLogin: true });
  return openFor(core, tx, visit, user);
}

/** With a new account, whose only way in is the identity. */
export async function enterAsNew(
  core: UserCore,
  tx: Transaction,
  visit: Visit,
  prepared: PreparedCandidate,
  isVerified: boolean,
): Promise<SocialAnswer> {
  const { newcomer, caller } = visit;
  await newcomer.claim?.(tx);
  const verifiedAt = isVerified ? core.host.clock.now() : null;
  const user = await createAccount(core, tx, { ...prepared, passwordHash: null }, verifiedAt, caller);
  await insertConnection(core, tx, user, newcomer.arrival, { caller, tell: null, isLogin: true });
  if (!isVerified && core.policy.emailVerification === 'optional') {
    const content = await issueOneTimeToken(core, tx, 'verify_email', { userId: user.id }, user.email);
    await writeMail(core, tx, { kind: 'verify_email', to: user.email, content }, user.id);
  }
  return openFor(core, tx, visit, user);
}

/** Where every social way in ends: at the one place that opens sessions, once the address is as proven as it has to be. */
async function openFor(core: UserCore, tx: Transaction, { provider, newcomer, caller }: Visit, user: UserRow): Promise<SocialAnswer> {
  const outcome: LoginOutcome = needsVerification(core, user)
    ? { status: 'email_verification_required', email: user.email }
    : await openSession(core, tx, user, { methods: [socialMethod(provider.id)] }, caller);
  return answered({ ...outcome, returnTo: newcomer.returnTo });
}
