import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import type { UserCore } from '../user-core.ts';
import { deleteSocialAccount, findSocialAccountsOf } from './social-account.store.ts';
import { socialMethod } from './social-method.ts';

/**
 * When an address is proven for the first time, the identities go that somebody connected before: it may have been somebody
 * else (R-REG-09, the "trojan identifier"). Those stay by which the proving session itself came in.
 */
export async function dropUnprovenIdentities(
  core: UserCore,
  tx: Transaction,
  userId: string,
  provingMethods: string[],
  caller: Caller,
): Promise<void> {
  for (const { id, provider } of await findSocialAccountsOf(tx, userId)) {
    if (provingMethods.includes(socialMethod(provider))) continue;
    await deleteSocialAccount(tx, id, userId);
    const occurredAt = core.host.clock.now();
    await insertEvent(tx, { type: 'social.disconnected', userId, data: { provider }, occurredAt });
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'social_disconnect', reason: provider, userId });
  }
  await core.host.jobs.enqueueEvents(tx);
}
