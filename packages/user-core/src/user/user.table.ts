import { sql } from 'drizzle-orm';
import { check, index, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';

/** A person with an account. `id` is a real column: an application's own tables may reference it. */
export const userTable = latchkey.table(
  'user',
  {
    id: uuid('id').primaryKey(),
    /** As typed (NFC); mail is sent to this. */
    email: text('email').notNull(),
    emailCanonical: text('email_canonical').notNull().unique('user_email_canonical_unique'),
    emailVerifiedAt: at('email_verified_at'),
    username: text('username'),
    usernameCanonical: text('username_canonical').unique('user_username_canonical_unique'),
    firstName: text('first_name').notNull().default(''),
    lastName: text('last_name').notNull().default(''),
    fields: jsonb('fields').$type<Record<string, unknown>>().notNull().default({}),
    /** Names its scheme, its key and its cost; null when there is no password. */
    passwordHash: text('password_hash'),
    createdAt: at('created_at').notNull(),
    lastLoginAt: at('last_login_at'),
    /** Moves whenever the person's identity or credentials do; prepared for caches. */
    changedAt: at('changed_at').notNull(),
  },
  (t) => [
    /** By the root secret that a password was made with: a start asks whether one that is missing is still needed. */
    index('user_password_secret_index').on(sql`split_part(${t.passwordHash}, '$', 3)`),
    check('user_email_length', sql`length(${t.emailCanonical}) between 3 and 254`),
    check('user_username_both', sql`(${t.username} is null) = (${t.usernameCanonical} is null)`),
  ],
);

export type UserRow = typeof userTable.$inferSelect;
