import { sql } from 'drizzle-orm';
import { index, text, unique, uuid } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';
import { userTable } from '../user/user.table.ts';

/** Somebody's identity at a provider, connected to their account. The identity is the issuer and its subject (R-SOC-06). */
export const socialAccountTable = latchkey.table(
  'social_account',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    provider: text('provider').notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    /** As the provider last told it: shown to the owner, never compared with anything. */
    email: text('email'),
    /** The provider's own tokens, sealed; null unless the configuration asks for them. */
    sealedTokens: text('sealed_tokens'),
    connectedAt: at('connected_at').notNull(),
    lastLoginAt: at('last_login_at'),
  },
  (t) => [
    unique('social_account_identity_unique').on(t.provider, t.issuer, t.subject),
    index('social_account_user_index').on(t.userId),
    index('social_account_secret_index').on(sql`split_part(${t.sealedTokens}, '$', 2)`).where(sql`${t.sealedTokens} is not null`),
  ],
);

export type SocialAccountRow = typeof socialAccountTable.$inferSelect;
