import { and, eq, gt, inArray } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { oneTimeTokenTable, type TokenPurpose } from './one-time-token.table.ts';

export type OneTimeTokenRow = typeof oneTimeTokenTable.$inferSelect;

/** Puts a token in the place of the owner's earlier one for the same purpose: two are never valid at once. */
export async function insertOneTimeToken(tx: Transaction, row: typeof oneTimeTokenTable.$inferInsert): Promise<void> {
  const target = row.userId ? oneTimeTokenTable.userId : oneTimeTokenTable.registrationId;
  await tx
    .insert(oneTimeTokenTable)
    .values(row)
    .onConflictDoUpdate({
      target: [oneTimeTokenTable.purpose, target],
      set: { id: row.id, tokenHash: row.tokenHash, email: row.email, createdAt: row.createdAt, expiresAt: row.expiresAt },
    });
}

export async function findOneTimeToken(
  db: Db | Transaction,
  purpose: TokenPurpose,
  tokenHash: Buffer,
  now: Date,
): Promise<OneTimeTokenRow | null> {
  const [row] = await db
    .select()
    .from(oneTimeTokenTable)
    .where(isToken(purpose, tokenHash, now));
  return row ?? null;
}

/** Consumes a token: of any number of callers one gets it (R-STO-01). */
export async function claimOneTimeToken(
  tx: Transaction,
  purpose: TokenPurpose,
  tokenHash: Buffer,
  now: Date,
): Promise<OneTimeTokenRow | null> {
  const [row] = await tx
    .delete(oneTimeTokenTable)
    .where(isToken(purpose, tokenHash, now))
    .returning();
  return row ?? null;
}

export async function deleteUserTokens(tx: Transaction, userId: string, purposes: TokenPurpose[]): Promise<void> {
  await tx.delete(oneTimeTokenTable).where(and(eq(oneTimeTokenTable.userId, userId), inArray(oneTimeTokenTable.purpose, purposes)));
}

function isToken(purpose: TokenPurpose, tokenHash: Buffer, now: Date) {
  return and(eq(oneTimeTokenTable.tokenHash, tokenHash), eq(oneTimeTokenTable.purpose, purpose), gt(oneTimeTokenTable.expiresAt, now));
}
