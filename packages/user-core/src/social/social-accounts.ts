import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { requireFresh } from '../session/freshness.ts';
import { needsVerification } from '../session/open-session.ts';
import { claimSessionEnd, findLivingSessions, type SignedIn } from '../session/session.store.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { toSocialAccount } from './connect-social.ts';
import { deleteSocialAccount, findSocialAccountsOf } from './social-account.store.ts';
import type { SocialAccountRow } from './social-account.table.ts';
import { mayDisconnect, type WayIn } from './social-decision.ts';
import { socialMethod } from './social-method.ts';
import type { SocialAccount } from './social-outcome.ts';

/** The providers that are offered, in the order of the configuration. */
export function listProviders(core: UserCore): { id: string; name: string }[] {
  return [...core.social.providers.values()].map(({ id, name }) => ({ id, name }));
}

/** The identities that are connected to the person, the oldest connection first. */
export async function listSocialAccounts(core: UserCore, me: SignedIn): Promise<SocialAccount[]> {
  return (await findSocialAccountsOf(core.db, me.user.id)).map(toSocialAccount);
}

/**
 * Takes a way in away, unless it is the last that works (R-SOC-11), and tells the owner. The row of the person is locked
 * first: two who disconnect at once do it one after the other. Refusals: `reauthentication_required`, `not_found`,
 * `last_login_method`.
 */
export async function disconnectSocial(core: UserCore, me: SignedIn, input: { accountId: string }, caller: Caller): Promise<void> {
  requireFresh(core, me);
  await core.limits.charge('session', { ip: caller.origin.ip, account: me.user.id });
  await core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, me.user.id);
    if (!user) throw new Refusal('not_authenticated');
    const accounts = await findSocialAccountsOf(tx, user.id);
    if (!accounts.some(({ id }) => id === input.accountId)) throw new Refusal('not_found');
    const remaining = accounts.filter(({ id }) => id !== input.accountId);
    if (!mayDisconnect(waysIn(core, user, remaining))) throw new Refusal('last_login_method');
    const gone = await deleteSocialAccount(tx, input.accountId, user.id);
    if (gone) await recordDisconnected(core, tx, user, gone, me, caller);
  });
}

/** A way counts when it would open the account today: the address proven as it has to be, the provider offered. */
function waysIn(core: UserCore, user: UserRow, accounts: SocialAccountRow[]): WayIn[] {
  const isOpen = !needsVerification(core, user);
  const identifiers = core.policy.loginIdentifiers;
  const canName = identifiers.includes('email') || (identifiers.includes('username') && user.username !== null);
  return [
    { kind: 'password', isUsable: isOpen && canName && user.passwordHash !== null },
    ...accounts.map(({ provider }): WayIn => ({ kind: 'social', isUsable: isOpen && core.social.providers.has(provider) })),
  ];
}

async function recordDisconnected(
  core: UserCore,
  tx: Transaction,
  user: UserRow,
  { provider }: SocialAccountRow,
  me: SignedIn,
  caller: Caller,
): Promise<void> {
  const occurredAt = core.host.clock.now();
  await endSessionsBy(core, tx, me, socialMethod(provider));
  await insertEvent(tx, { type: 'social.disconnected', userId: user.id, data: { provider }, occurredAt });
  await core.host.jobs.enqueueEvents(tx);
  const entry = { event: 'social_disconnect', reason: provider, userId: user.id, sessionId: me.session.id } as const;
  await insertAudit(tx, core.host.clock, caller.origin, entry);
  const content = { ...occurrence(core, caller.origin), provider: core.social.providers.get(provider)?.name ?? provider };
  await writeNotice(core, tx, { kind: 'social_disconnected', to: user.email, content }, user);
}

/** What was opened by the way in that goes, goes with it: whoever else used it is out. The session at hand stays. */
async function endSessionsBy(core: UserCore, tx: Transaction, me: SignedIn, method: string): Promise<void> {
  const now = core.host.clock.now();
  const userId = me.user.id;
  for (const { id: sessionId, methods } of await findLivingSessions(tx, userId, now)) {
    if (sessionId === me.session.id || !methods.includes(method)) continue;
    await claimSessionEnd(tx, sessionId, userId, 'revoked', now);
    await insertEvent(tx, { type: 'session.revoked', userId, data: { sessionId, reason: 'revoked' }, occurredAt: now });
  }
}
