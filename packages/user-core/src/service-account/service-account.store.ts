import { and, asc, eq, gt, isNull, or } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type ServiceAccountRow, type ServiceKeyRow, serviceAccountTable, serviceKeyTable } from './service-account.table.ts';

export async function insertServiceAccount(tx: Transaction, row: typeof serviceAccountTable.$inferInsert): Promise<void> {
  await tx.insert(serviceAccountTable).values(row);
}

export async function insertServiceKey(tx: Transaction, row: typeof serviceKeyTable.$inferInsert): Promise<void> {
  await tx.insert(serviceKeyTable).values(row);
}

/** Every account with its keys, by name; those that are over included. */
export async function findServiceAccounts(db: Db): Promise<{ account: ServiceAccountRow; key: ServiceKeyRow | null }[]> {
  return db
    .select({ account: serviceAccountTable, key: serviceKeyTable })
    .from(serviceAccountTable)
    .leftJoin(serviceKeyTable, eq(serviceKeyTable.serviceAccountId, serviceAccountTable.id))
    .orderBy(asc(serviceAccountTable.name), asc(serviceKeyTable.createdAt), asc(serviceKeyTable.id));
}

/** Locks the row until the transaction ends. Null when there is none of that name, or it was revoked. */
export async function findServiceAccountForUpdate(tx: Transaction, name: string): Promise<ServiceAccountRow | null> {
  const [row] = await tx
    .select()
    .from(serviceAccountTable)
    .where(and(eq(serviceAccountTable.name, name), isNull(serviceAccountTable.revokedAt)))
    .for('update');
  return row ?? null;
}

export async function findLivingServiceAccount(db: Db, id: string): Promise<ServiceAccountRow | null> {
  const [row] = await db
    .select()
    .from(serviceAccountTable)
    .where(and(eq(serviceAccountTable.id, id), isNull(serviceAccountTable.revokedAt)));
  return row ?? null;
}

/** Whose key this is, while both are good; notes that it was used. */
export async function claimServiceKeyUse(db: Db, keyHash: Buffer, now: Date): Promise<ServiceAccountRow | null> {
  const [row] = await db
    .update(serviceKeyTable)
    .set({ lastUsedAt: now })
    .from(serviceAccountTable)
    .where(
      and(
        eq(serviceKeyTable.keyHash, keyHash),
        or(isNull(serviceKeyTable.expiresAt), gt(serviceKeyTable.expiresAt, now)),
        eq(serviceAccountTable.id, serviceKeyTable.serviceAccountId),
        isNull(serviceAccountTable.revokedAt),
      ),
    )
    .returning({ id: serviceAccountTable.id });
  return row ? findLivingServiceAccount(db, row.id) : null;
}

/** Lets the present keys end at `expiresAt`; those that end sooner do. */
export async function updateServiceKeysExpiry(tx: Transaction, serviceAccountId: string, expiresAt: Date): Promise<void> {
  await tx
    .update(serviceKeyTable)
    .set({ expiresAt })
    .where(
      and(
        eq(serviceKeyTable.serviceAccountId, serviceAccountId),
        or(isNull(serviceKeyTable.expiresAt), gt(serviceKeyTable.expiresAt, expiresAt)),
      ),
    );
}

export async function updateServiceAccountRevoked(tx: Transaction, id: string, now: Date): Promise<void> {
  await tx.update(serviceAccountTable).set({ revokedAt: now }).where(eq(serviceAccountTable.id, id));
}
