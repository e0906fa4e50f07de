import { sql } from 'drizzle-orm';
import { check, index, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';
import { userTable } from '../user/user.table.ts';
import type { PersonName } from './identity.ts';

/** One way to a provider and back, from `start` to `finish` (R-SOC-01). Whoever finishes has to match all of it. */
export const socialFlowTable = latchkey.table(
  'social_flow',
  {
    stateHash: bytea('state_hash').primaryKey(),
    provider: text('provider').notNull(),
    issuer: text('issuer').notNull(),
    intent: text('intent').$type<'login' | 'connect'>().notNull(),
    credentials: text('credentials').$type<'cookie' | 'token'>().notNull(),
    /** SHA-256 of the browser's cookie, or of the ticket that a token caller was given. */
    holderHash: bytea('holder_hash').notNull(),
    /** PKCE verifier and nonce. */
    sealed: text('sealed').notNull(),
    returnTo: text('return_to').notNull(),
    /** The session that connects; it must still be alive, and be the one that finishes. */
    sessionId: uuid('session_id'),
    userId: uuid('user_id').references(() => userTable.id, { onDelete: 'cascade' }),
    /** A name that came beside the code, as Apple sends it, once. */
    postedName: jsonb('posted_name').$type<PersonName>(),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (t) => [
    index('social_flow_user_index').on(t.userId),
    index('social_flow_expires_index').on(t.expiresAt),
    check('social_flow_connects', sql`(${t.intent} = 'connect') = (${t.sessionId} is not null and ${t.userId} is not null)`),
  ],
);

export type SocialFlowRow = typeof socialFlowTable.$inferSelect;
