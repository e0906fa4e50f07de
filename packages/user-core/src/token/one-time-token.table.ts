import { sql } from 'drizzle-orm';
import { check, index, text, unique, uuid } from 'drizzle-orm/pg-core';
import { registrationTable } from '../registration/registration.table.ts';
import { at, bytea, latchkey } from '../table-columns.ts';
import { userTable } from '../user/user.table.ts';

export type TokenPurpose = 'verify_email' | 'reset_password' | 'change_email';

/** A secret that was mailed and works once. A newer one for the same purpose and owner takes its place. */
export const oneTimeTokenTable = latchkey.table(
  'one_time_token',
  {
    id: uuid('id').primaryKey(),
    purpose: text('purpose').$type<TokenPurpose>().notNull(),
    tokenHash: bytea('token_hash').notNull().unique('one_time_token_hash_unique'),
    userId: uuid('user_id').references(() => userTable.id, { onDelete: 'cascade' }),
    registrationId: uuid('registration_id').references(() => registrationTable.id, { onDelete: 'cascade' }),
    /** The address that the token proves. */
    email: text('email').notNull(),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [
    unique('one_time_token_user_unique').on(t.purpose, t.userId),
    unique('one_time_token_registration_unique').on(t.purpose, t.registrationId),
    check('one_time_token_owner', sql`num_nonnulls(${t.userId}, ${t.registrationId}) = 1`),
    check('one_time_token_purpose', sql`${t.purpose} in ('verify_email', 'reset_password', 'change_email')`),
    index('one_time_token_expires_index').on(t.expiresAt),
  ],
);
