import { userTable } from '@latchkey/user-core/schema';
import { boolean, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import postgres from 'postgres';

/** A table of the application's own: a note goes when its owner's account does. */
export const noteTable = pgTable(
  'note',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    text: text('text').notNull(),
    isShared: boolean('is_shared').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('note_user_index').on(t.userId, t.createdAt)],
);

/** The first migration. A larger application has `drizzle-kit` write its migrations, and runs them here. */
export async function migrateNotes(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.begin(async (tx) => {
      // Several servers may start at once.
      await tx`select pg_advisory_xact_lock(hashtext('notes'))`;
      await tx`create table if not exists public.note (
        id uuid primary key default gen_random_uuid(),
        user_id uuid not null references latchkey."user" (id) on delete cascade,
        text text not null,
        is_shared boolean not null,
        created_at timestamptz not null default now()
      )`;
      await tx`create index if not exists note_user_index on public.note (user_id, created_at)`;
    });
  } finally {
    await sql.end();
  }
}
