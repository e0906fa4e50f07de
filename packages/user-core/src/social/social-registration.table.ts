import { index, jsonb, text } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';
import type { Arrival } from './identity.ts';

/** Somebody who has come from a provider and has to add something before there can be an account. One for each holder. */
export const socialRegistrationTable = latchkey.table(
  'social_registration',
  {
    /** SHA-256 of the browser's cookie, or of the ticket that a token caller was given. */
    holderHash: bytea('holder_hash').primaryKey(),
    credentials: text('credentials').$type<'cookie' | 'token'>().notNull(),
    arrival: jsonb('arrival').$type<Arrival>().notNull(),
    returnTo: text('return_to').notNull(),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [index('social_registration_expires_index').on(t.expiresAt)],
);

export type SocialRegistrationRow = typeof socialRegistrationTable.$inferSelect;
