import { insertAudit } from '../audit/audit.store.ts';
import type { Transaction } from '../database.ts';
import { needsUsername } from '../registration/candidate.ts';
import type { UserCore } from '../user-core.ts';
import { newHolder } from './holder.ts';
import type { Newcomer, Visit } from './newcomer.ts';
import { insertSocialRegistration } from './social-flow.store.ts';
import { answered, type MissingField, type SocialAnswer } from './social-outcome.ts';

/** What an account cannot be without here, and this person has not told. A username is needed where it alone logs in. */
export function missingFields(core: UserCore, { newcomer, hasAddress }: { newcomer: Newcomer; hasAddress: boolean }): MissingField[] {
  return [
    ...(hasAddress ? [] : (['email'] as const)),
    ...(needsUsername(core) && newcomer.username === undefined ? (['username'] as const) : []),
  ];
}

/** Keeps who they are until they have said the rest: no account, and no blank one (R-SOC-09). */
export async function askForMore(core: UserCore, tx: Transaction, visit: Visit): Promise<SocialAnswer> {
  const { newcomer, caller } = visit;
  const { arrival, returnTo } = newcomer;
  await newcomer.claim?.(tx);
  const holder = newHolder(core, caller);
  const createdAt = core.host.clock.now();
  const expiresAt = new Date(createdAt.getTime() + core.policy.social.flowSeconds * 1000);
  await insertSocialRegistration(tx, { holderHash: holder.hash, credentials: caller.credentials, arrival, returnTo, createdAt, expiresAt });
  const { email, username, firstName, lastName } = arrival;
  const suggested = {
    ...(email !== null && { email }),
    ...(username !== null && { username }),
    ...(firstName !== '' && { firstName }),
    ...(lastName !== '' && { lastName }),
  };
  const missing = missingFields(core, { newcomer, hasAddress: visit.address !== null });
  const outcome = { status: 'registration_incomplete', ticket: holder.ticket, missing, suggested } as const;
  return { outcome, browserToken: null, socialToken: holder.socialToken };
}

/** The account is there, and the provider's word alone does not open it: they log in as usual, and connect (R-SOC-08). */
export async function askToLink(
  core: UserCore,
  tx: Transaction,
  { provider, newcomer, caller }: Visit,
  ownerId: string | null,
): Promise<SocialAnswer> {
  await newcomer.claim?.(tx);
  const entry = { event: 'social_link_refused', result: 'refused', reason: provider.id, userId: ownerId } as const;
  await insertAudit(tx, core.host.clock, caller.origin, entry);
  return answered({ status: 'link_required', provider: provider.id, email: newcomer.arrival.email ?? '' });
}
