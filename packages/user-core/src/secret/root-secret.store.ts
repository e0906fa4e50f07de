import { and, eq, gt, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { signingKeyTable } from '../access-token/signing-key.table.ts';
import type { Transaction } from '../database.ts';
import { mailTable } from '../mail/mail.table.ts';
import { registrationTable } from '../registration/registration.table.ts';
import { socialAccountTable } from '../social/social-account.table.ts';
import { userTable } from '../user/user.table.ts';
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

export async function deleteRootSecret(tx: Transaction, id: string): Promise<void> {
  await tx.delete(rootSecretTable).where(eq(rootSecretTable.id, id));
}

/** What of all that is kept only the root secret of that id can read, in words for the operator. Indexes find it, or the rows are few. */
export async function findNeedsOf(tx: Transaction, id: string, now: Date): Promise<string[]> {
  const isHashed = (column: PgColumn) => sql`split_part(${column}, '$', 3) = ${`kid=${id}`}`;
  const isSealed = (column: PgColumn) => sql`split_part(${column}, '$', 2) = ${id}`;
  const holders: { what: string; table: PgTable; where: SQL | undefined }[] = [
    { what: 'passwords', table: userTable, where: isHashed(userTable.passwordHash) },
    {
      what: 'passwords of registrations',
      table: registrationTable,
      where: and(isHashed(registrationTable.passwordHash), gt(registrationTable.expiresAt, now)),
    },
    {
      what: 'unsent mails',
      table: mailTable,
      where: and(isSealed(mailTable.sealed), isNull(mailTable.sentAt), isNull(mailTable.failedAt)),
    },
    {
      what: 'tokens of providers',
      table: socialAccountTable,
      where: and(isSealed(socialAccountTable.sealedTokens), isNotNull(socialAccountTable.sealedTokens)),
    },
    { what: 'signing keys', table: signingKeyTable, where: isSealed(signingKeyTable.sealedPrivateKey) },
  ];
  const needs: string[] = [];
  for (const { what, table, where } of holders) {
    const found = await tx.select({ found: sql`1` }).from(table).where(where).limit(1);
    if (found.length > 0) needs.push(what);
  }
  return needs;
}
