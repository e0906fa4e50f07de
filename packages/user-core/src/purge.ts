import { sql } from 'drizzle-orm';
import type { UserCore } from './user-core.ts';

const batch = 1000;
const day = 24 * 60 * 60 * 1000;

/**
 * Removes rows whose time is over, in batches that hold no lock for long (R-STO-09). Nothing alive is touched: each
 * condition is the one by which the row is already dead to every reader. One kind of row that cannot be removed just now
 * does not keep the others. Answers how many went.
 */
export async function purge(core: UserCore): Promise<number> {
  const now = core.host.clock.now().getTime();
  const before = (milliseconds: number) => sql`${new Date(now - milliseconds).toISOString()}::timestamptz`;
  const ended = before(core.policy.session.keepEndedSeconds * 1000);
  // One column each, so that its index finds them.
  const doomed = [
    { table: 'registration', key: 'id', where: sql`expires_at < ${before(0)}` },
    { table: 'one_time_token', key: 'id', where: sql`expires_at < ${before(0)}` },
    { table: 'device', key: 'id', where: sql`expires_at < ${before(0)}` },
    { table: 'session', key: 'id', where: sql`expires_at < ${ended}` },
    { table: 'session', key: 'id', where: sql`ended_at < ${ended}` },
    { table: 'mail', key: 'id', where: sql`sent_at < ${before(7 * day)}` },
    { table: 'mail', key: 'id', where: sql`failed_at < ${before(30 * day)}` },
    { table: 'event', key: 'id', where: sql`delivered_at < ${before(7 * day)}` },
    { table: 'limit', key: 'key', where: sql`expire < ${before(day)}` },
    { table: 'audit', key: 'id', where: sql`occurred_at < ${before(core.policy.auditSeconds * 1000)}` },
  ];
  let total = 0;
  for (const { table, key, where } of doomed) {
    try {
      for (let removed = batch; removed === batch; total += removed) {
        removed = await removeBatch(core, table, key, where);
      }
    } catch (error) {
      core.host.log.error({ err: error, table }, 'what has expired could not be removed; it is tried again later');
    }
  }
  return total;
}

async function removeBatch(core: UserCore, table: string, key: string, where: ReturnType<typeof sql>): Promise<number> {
  return core.db.transaction(async (tx) => {
    // The audit table's trigger lets only a transaction that says so remove anything.
    if (table === 'audit') await tx.execute(sql`set local latchkey.purging = 'on'`);
    const name = sql`latchkey.${sql.identifier(table)}`;
    const id = sql.identifier(key);
    const rows = await tx.execute(sql`
      delete from ${name} where ${id} in (select ${id} from ${name} where ${where} limit ${batch} for update skip locked) returning 1`);
    return rows.length;
  });
}
