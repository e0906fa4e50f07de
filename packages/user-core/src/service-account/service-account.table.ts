import { sql } from 'drizzle-orm';
import { check, index, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';

/** What a service account may be allowed to do; each is asked for by the procedures that need it. */
export const serviceScopes = ['users:read', 'sessions:revoke'] as const;
/** One of the scopes. */
export type ServiceScope = (typeof serviceScopes)[number];

/** Another server of ours, calling in its own name. */
export const serviceAccountTable = latchkey.table(
  'service_account',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull().unique('service_account_name_unique'),
    scopes: text('scopes').array().$type<ServiceScope[]>().notNull(),
    createdAt: at('created_at').notNull(),
    /** From then on neither its keys nor the tokens made from them are good. The name stays taken. */
    revokedAt: at('revoked_at'),
  },
  (t) => [
    check('service_account_name', sql`${t.name} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
    check('service_account_scopes', sql`${t.scopes} <@ array['users:read', 'sessions:revoke']::text[]`),
  ],
);

export type ServiceAccountRow = typeof serviceAccountTable.$inferSelect;

/** A key of a service account. Two are good at once while one is being replaced. */
export const serviceKeyTable = latchkey.table(
  'service_key',
  {
    id: uuid('id').primaryKey(),
    serviceAccountId: uuid('service_account_id')
      .notNull()
      .references(() => serviceAccountTable.id, { onDelete: 'cascade' }),
    /** SHA-256 of the key, which was shown once. */
    keyHash: bytea('key_hash').notNull().unique('service_key_hash_unique'),
    createdAt: at('created_at').notNull(),
    /** Set when a newer key takes its place; null for the present one. */
    expiresAt: at('expires_at'),
    lastUsedAt: at('last_used_at'),
  },
  (t) => [index('service_key_account_index').on(t.serviceAccountId)],
);

export type ServiceKeyRow = typeof serviceKeyTable.$inferSelect;
