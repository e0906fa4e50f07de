import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';

/** What happened, written in the transaction in which it happened, until every subscriber has heard of it. */
export const eventTable = latchkey.table(
  'event',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Not a reference: `user.deleted` outlives the user. */
    userId: uuid('user_id').notNull(),
    type: text('type').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    occurredAt: at('occurred_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Taken by a deliverer, or waiting for its next attempt, until then. */
    claimedUntil: at('claimed_until'),
    deliveredAt: at('delivered_at'),
  },
  (t) => [
    index('event_undelivered_index').on(t.id).where(sql`${t.deliveredAt} is null`),
    index('event_undelivered_user_index').on(t.userId, t.id).where(sql`${t.deliveredAt} is null`),
    index('event_delivered_index').on(t.deliveredAt),
  ],
);
