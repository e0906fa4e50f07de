import { bigint, index, text, uuid } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';

/** Append-only: a trigger refuses every change, and every removal that is not the purge. */
export const auditTable = latchkey.table(
  'audit',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    event: text('event').notNull(),
    result: text('result').$type<'ok' | 'refused'>().notNull(),
    reason: text('reason'),
    /** Whose account it is about; not a reference, it outlives the user. */
    userId: uuid('user_id'),
    sessionId: uuid('session_id'),
    serviceAccountId: uuid('service_account_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
    requestId: text('request_id'),
    occurredAt: at('occurred_at').notNull(),
  },
  (t) => [index('audit_user_index').on(t.userId, t.occurredAt), index('audit_occurred_index').on(t.occurredAt)],
);
