import { insertAudit, tryInsertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { Refusal } from '../refusal.ts';
import { findLivingSession } from '../session/session.store.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import type { PendingIdentity } from './identity.ts';
import type { Provider } from './providers/provider.ts';
import { findSocialAccount, insertSocialAccount, lockIdentity } from './social-account.store.ts';
import type { SocialAccountRow } from './social-account.table.ts';
import type { SocialFlowRow } from './social-flow.table.ts';
import { answered, type SocialAccount, type SocialAnswer } from './social-outcome.ts';

/**
 * Connects an identity to the person who set out to connect one, in the session they did it in (R-SOC-10). One that is
 * connected to them already stays as it is. Refusals: `state_mismatch`, `social_account_in_use`.
 */
export async function connectToMe(
  core: UserCore,
  provider: Provider,
  flow: SocialFlowRow,
  identity: PendingIdentity,
  caller: Caller,
): Promise<SocialAnswer> {
  const { sessionId, userId, returnTo } = flow;
  if (!sessionId || !userId) throw new Error('a flow that connects knows its session');
  try {
    const row = await core.db.transaction(async (tx) => {
      await lockIdentity(tx, identity);
      const user = await findUserForUpdate(tx, userId);
      // While the person was at the provider, the session may have ended.
      if (!user || !(await findLivingSession(tx, sessionId, userId, core.host.clock.now()))) throw new Refusal('state_mismatch');
      const known = await findSocialAccount(tx, identity);
      if (known && known.userId !== userId) throw new Refusal('social_account_in_use');
      return known ?? insertConnection(core, tx, user, identity, { caller, tell: provider.name });
    });
    return answered({ status: 'connected', account: toSocialAccount(row), returnTo });
  } catch (error) {
    const refusal = violatedConstraint(error) === 'social_account_identity_unique' ? new Refusal('social_account_in_use') : error;
    if (refusal instanceof Refusal) {
      const entry = { event: 'social_connect', reason: refusal.reason, userId, sessionId } as const;
      await tryInsertAudit(core.db, core.host, caller.origin, entry);
    }
    throw refusal;
  }
}

/**
 * Adds the way in, with event and audit. `tell` names the provider in a notice to the owner: given for an account that was
 * there before. The caller's transaction holds the identity and the user's row.
 */
export async function insertConnection(
  core: UserCore,
  tx: Transaction,
  user: UserRow,
  { provider, issuer, subject, email, sealedTokens }: PendingIdentity,
  { caller, tell, isLogin = false }: { caller: Caller; tell: string | null; isLogin?: boolean },
): Promise<SocialAccountRow> {
  const now = core.host.clock.now();
  const row = await insertSocialAccount(tx, {
    id: newId(core.host),
    userId: user.id,
    ...{ provider, issuer, subject, email, sealedTokens },
    connectedAt: now,
    lastLoginAt: isLogin ? now : null,
  });
  await insertEvent(tx, { type: 'social.connected', userId: user.id, data: { provider }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  await insertAudit(tx, core.host.clock, caller.origin, { event: 'social_connect', reason: provider, userId: user.id });
  if (tell !== null) {
    const content = { ...occurrence(core, caller.origin), provider: tell };
    await writeNotice(core, tx, { kind: 'social_connected', to: user.email, content }, user);
  }
  return row;
}

export function toSocialAccount(row: SocialAccountRow): SocialAccount {
  const { id, provider, subject, email, connectedAt, lastLoginAt } = row;
  return { id, provider, providerAccountId: subject, email, connectedAt, lastLoginAt };
}
