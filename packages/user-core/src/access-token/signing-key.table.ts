import { jsonb, text } from 'drizzle-orm/pg-core';
import { at, latchkey } from '../table-columns.ts';

/** An Ed25519 key pair. The private part is sealed with the root secret. */
export const signingKeyTable = latchkey.table('signing_key', {
  /** RFC 7638 thumbprint. */
  id: text('id').primaryKey(),
  publicJwk: jsonb('public_jwk').$type<{ kty: string; crv: string; x: string }>().notNull(),
  sealedPrivateKey: text('sealed_private_key').notNull(),
  createdAt: at('created_at').notNull(),
  signsFromAt: at('signs_from_at').notNull(),
});

export type SigningKeyRow = typeof signingKeyTable.$inferSelect;
