import { boolean, text } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';

/** Which root secrets this database has been used with, as fingerprints: a wrong one is refused at start. */
export const rootSecretTable = latchkey.table('root_secret', {
  id: text('id').primaryKey(),
  fingerprint: bytea('fingerprint').notNull(),
  /** The one that signed last; without it current data cannot be read. */
  signing: boolean('signing').notNull(),
  firstUsedAt: at('first_used_at').notNull(),
});
