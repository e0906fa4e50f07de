import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type Identity, identityKey } from './identity.ts';
import { type SocialAccountRow, socialAccountTable } from './social-account.table.ts';

/** Those who come with one identity at the same time pass one after the other. Taken before the lock on an address. */
export async function lockIdentity(tx: Transaction, identity: Identity): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`latchkey identity ${identityKey(identity)}`}, 0))`);
}

export async function findSocialAccount(db: Db | Transaction, { provider, issuer, subject }: Identity): Promise<SocialAccountRow | null> {
  const [row] = await db
    .select()
    .from(socialAccountTable)
    .where(and(eq(socialAccountTable.provider, provider), eq(socialAccountTable.issuer, issuer), eq(socialAccountTable.subject, subject)));
  return row ?? null;
}

export async function findSocialAccountsOf(db: Db | Transaction, userId: string): Promise<SocialAccountRow[]> {
  return db
    .select()
    .from(socialAccountTable)
    .where(eq(socialAccountTable.userId, userId))
    .orderBy(asc(socialAccountTable.connectedAt), asc(socialAccountTable.id));
}

export async function insertSocialAccount(tx: Transaction, row: typeof socialAccountTable.$inferInsert): Promise<SocialAccountRow> {
  const [inserted] = await tx.insert(socialAccountTable).values(row).returning();
  if (!inserted) throw new Error('an insert returns its row');
  return inserted;
}

export async function updateSocialAccount(
  tx: Transaction,
  id: string,
  change: Pick<SocialAccountRow, 'email' | 'lastLoginAt'> & { sealedTokens?: string },
): Promise<void> {
  await tx.update(socialAccountTable).set(change).where(eq(socialAccountTable.id, id));
}

/** Null when it is not there, or somebody else's: the same. */
export async function deleteSocialAccount(tx: Transaction, id: string, userId: string): Promise<SocialAccountRow | null> {
  const [deleted] = await tx
    .delete(socialAccountTable)
    .where(and(eq(socialAccountTable.id, id), eq(socialAccountTable.userId, userId)))
    .returning();
  return deleted ?? null;
}
