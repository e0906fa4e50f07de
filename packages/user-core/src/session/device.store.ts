import { and, eq, gt, isNotNull, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import type { Origin } from '../host.ts';
import { deviceTable } from './session.table.ts';

export async function findDevice(db: Db | Transaction, tokenHash: Buffer, now: Date) {
  const [row] = await db
    .select()
    .from(deviceTable)
    .where(and(eq(deviceTable.tokenHash, tokenHash), gt(deviceTable.expiresAt, now)));
  return row ?? null;
}

export async function insertDevice(tx: Transaction, row: typeof deviceTable.$inferInsert): Promise<void> {
  await tx.insert(deviceTable).values(row);
}

/** Remembers what a browser that is about to forget its cookie looked like. */
export async function updateDeviceReleased(tx: Db | Transaction, tokenHash: Buffer, origin: Origin, now: Date): Promise<void> {
  await tx
    .update(deviceTable)
    .set({ releasedAt: now, releasedIp: origin.ip, releasedUserAgent: origin.userAgent })
    .where(eq(deviceTable.tokenHash, tokenHash));
}

/** Gives a released device of that user, which looked the same, its new cookie. True when there was one. */
export async function claimReleasedDevice(tx: Transaction, userId: string, tokenHash: Buffer, origin: Origin, now: Date): Promise<boolean> {
  const released = sql`(
    select id from ${deviceTable}
    where user_id = ${userId} and released_at is not null and expires_at > ${now.toISOString()}::timestamptz
      and released_ip is not distinct from ${origin.ip} and released_user_agent is not distinct from ${origin.userAgent}
    order by released_at desc limit 1)`;
  const claimed = await tx
    .update(deviceTable)
    .set({ tokenHash, releasedAt: null, releasedIp: null, releasedUserAgent: null })
    .where(and(eq(deviceTable.id, released), isNotNull(deviceTable.releasedAt)))
    .returning({ id: deviceTable.id });
  return claimed.length > 0;
}

/** Only the newest few stay: a login without a device cookie makes another one each time. */
export async function deleteOldestDevices(tx: Transaction, userId: string, keep: number): Promise<void> {
  await tx.execute(sql`
    delete from ${deviceTable} where id in (
      select id from ${deviceTable} where user_id = ${userId} order by created_at desc, id desc offset ${keep})`);
}

export async function deleteDevices(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(deviceTable).where(eq(deviceTable.userId, userId));
}
