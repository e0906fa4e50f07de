import { asc, eq, lt, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type SigningKeyRow, signingKeyTable } from './signing-key.table.ts';

export async function findSigningKeys(db: Db | Transaction): Promise<SigningKeyRow[]> {
  return db.select().from(signingKeyTable).orderBy(asc(signingKeyTable.signsFromAt), asc(signingKeyTable.id));
}

export async function findSigningKeysForUpdate(tx: Transaction): Promise<SigningKeyRow[]> {
  await tx.execute(sql`lock table ${signingKeyTable} in exclusive mode`);
  return findSigningKeys(tx);
}

export async function insertSigningKey(tx: Transaction, row: SigningKeyRow): Promise<void> {
  await tx.insert(signingKeyTable).values(row);
}

export async function updateSigningKeySeal(tx: Transaction, id: string, sealedPrivateKey: string): Promise<void> {
  await tx.update(signingKeyTable).set({ sealedPrivateKey }).where(eq(signingKeyTable.id, id));
}

export async function deleteSigningKeysBefore(tx: Transaction, signsFromAt: Date): Promise<void> {
  await tx.delete(signingKeyTable).where(lt(signingKeyTable.signsFromAt, signsFromAt));
}
