import { and, eq, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { eventTable } from './event.table.ts';
import type { EventData, EventType } from './event.ts';

/** The caller holds the user's row, so that one user's events get their numbers in the order of their commits. */
export async function insertEvent<T extends EventType>(
  tx: Transaction,
  event: { type: T; userId: string; data: EventData[T]; occurredAt: Date },
): Promise<void> {
  await tx.insert(eventTable).values(event);
}

/** Takes the oldest event nobody has taken whose user has no older one left, for `leaseSeconds`. */
export async function claimEvent(db: Db, now: Date, leaseSeconds: number) {
  const until = new Date(now.getTime() + leaseSeconds * 1000).toISOString();
  const oldest = sql`(
    select candidate.id from ${eventTable} candidate
    where candidate.delivered_at is null
      and (candidate.claimed_until is null or candidate.claimed_until <= ${now.toISOString()}::timestamptz)
      and not exists (
        select from ${eventTable} older
        where older.user_id = candidate.user_id and older.delivered_at is null and older.id < candidate.id)
    order by candidate.id limit 1 for update skip locked)`;
  const [claimed] = await db
    .update(eventTable)
    .set({ claimedUntil: sql`${until}::timestamptz`, attempts: sql`${eventTable.attempts} + 1` })
    .where(eq(eventTable.id, oldest))
    .returning();
  return claimed ?? null;
}

/** What was told is not kept: it may name a person who has left by now (R-STO-10). */
export async function updateEventDelivered(db: Db, id: number, now: Date): Promise<void> {
  await db.update(eventTable).set({ deliveredAt: now, claimedUntil: null, data: {} }).where(eq(eventTable.id, id));
}

export async function updateEventRetry(db: Db, id: number, retryAt: Date): Promise<void> {
  await db
    .update(eventTable)
    .set({ claimedUntil: retryAt })
    .where(and(eq(eventTable.id, id), sql`${eventTable.deliveredAt} is null`));
}
