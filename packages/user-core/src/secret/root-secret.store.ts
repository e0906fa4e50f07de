import { eq, ne, sql } from 'drizzle-orm';
import type { Transaction } from '../database.ts';
import { rootSecretTable } from './root-secret.table.ts';

export async function findRootSecretsForUpdate(tx: Transaction) {
  await tx.execute(sql`lock table latchkey.root_secret in exclusive mode`);
  return tx.select().from(rootSecretTable);
}

export async function insertSigningRootSecret(tx: Transaction, id: string, fingerprint: Buffer, now: Date): Promise<void> {
  await tx.update(rootSecretTable).set({ signing: false }).where(ne(rootSecretTable.id, id));
  await tx
    .insert(rootSecretTable)
    .values({ id, fingerprint, signing: true, firstUsedAt: now })
    .onConflictDoUpdate({ target: rootSecretTable.id, set: { signing: true }, setWhere: eq(rootSecretTable.signing, false) });
}
