import { integer, text } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';

/** Counters of attempts. Keys are digests: no address and no name can be read from them. */
export const limitTable = latchkey.table('limit', {
  key: text('key').primaryKey(),
  points: integer('points').notNull().default(0),
  /** Null never expires. */
  expire: at('expire'),
});
