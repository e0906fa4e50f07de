import { sql } from 'drizzle-orm';
import { index, integer, text, uuid } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';
import { userTable } from '../user/user.table.ts';

/** Mail to be sent, written in the transaction that gives the reason for it. Address and content are sealed. */
export const mailTable = latchkey.table(
  'mail',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').notNull(),
    /** Null once the mail has been handed over and nobody needs to read it again. */
    sealed: text('sealed'),
    userId: uuid('user_id').references(() => userTable.id, { onDelete: 'set null' }),
    createdAt: at('created_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Not to be tried before then: it is being sent, or it has to wait after a failure. */
    nextAttemptAt: at('next_attempt_at').notNull(),
    sentAt: at('sent_at'),
    /** Set when every attempt failed: a dead letter, kept for the operator. */
    failedAt: at('failed_at'),
  },
  (t) => [
    index('mail_created_index').on(t.createdAt),
    index('mail_user_index').on(t.userId, t.createdAt),
    index('mail_sent_index').on(t.sentAt),
    index('mail_due_index').on(t.nextAttemptAt).where(sql`${t.sentAt} is null and ${t.failedAt} is null`),
  ],
);
