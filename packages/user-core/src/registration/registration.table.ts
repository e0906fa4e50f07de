import { index, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';

/**
 * One request to register whose address is not proven yet. It is not an account: it becomes one when its mail is
 * answered, and every other request for the same address then ends. A request for an address that already has an
 * account is kept all the same, with a token that nobody is told, so that both kinds cost and answer alike.
 */
export const registrationTable = latchkey.table(
  'registration',
  {
    id: uuid('id').primaryKey(),
    email: text('email').notNull(),
    emailCanonical: text('email_canonical').notNull(),
    username: text('username'),
    usernameCanonical: text('username_canonical'),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    fields: jsonb('fields').$type<Record<string, unknown>>().notNull(),
    passwordHash: text('password_hash').notNull(),
    /** SHA-256 of the secret that only the registering browser holds. */
    browserHash: bytea('browser_hash').notNull(),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [
    index('registration_email_index').on(t.emailCanonical, t.createdAt),
    index('registration_username_index').on(t.usernameCanonical),
    index('registration_expires_index').on(t.expiresAt),
  ],
);

export type RegistrationRow = typeof registrationTable.$inferSelect;
