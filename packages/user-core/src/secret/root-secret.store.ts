import { and, count, eq, gt, isNull, like, ne, type SQL, sql } from 'drizzle-orm';
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

type Holder = { table: PgTable; column: PgColumn; what: string; living?: SQL | undefined };

/** What of all that is kept only the root secret of that id can read, counted, in words for the operator. */
export async function findNeedsOf(tx: Transaction, id: string, now: Date): Promise<string[]> {
  const isUnsent = and(isNull(mailTable.sentAt), isNull(mailTable.failedAt));
  const holders: Holder[] = [
    { table: userTable, column: userTable.passwordHash, what: 'passwords' },
    {
      table: registrationTable,
      column: registrationTable.passwordHash,
      what: 'passwords of registrations',
      living: gt(registrationTable.expiresAt, now),
    },
    { table: mailTable, column: mailTable.sealed, what: 'unsent mails', living: isUnsent },
    { table: socialAccountTable, column: socialAccountTable.sealedTokens, what: 'tokens of providers' },
    { table: signingKeyTable, column: signingKeyTable.sealedPrivateKey, what: 'signing keys' },
  ];
  const needs: string[] = [];
  for (const { table, column, what, living } of holders) {
    // The id stands behind the first mark of a hash (`$ph1$kid=id$…`) and of an envelope (`s1$id$…`).
    const isOurs = sql`(${like(column, `$ph1$kid=${escaped(id)}$%`)} or ${like(column, `s1$${escaped(id)}$%`)})`;
    const [row] = await tx.select({ found: count() }).from(table).where(and(isOurs, living));
    if (row && row.found > 0) needs.push(`${row.found} ${what}`);
  }
  return needs;
}

/** An underscore is a letter of an id, and a wildcard of LIKE. */
function escaped(id: string): string {
  return id.replaceAll('_', '\\_');
}
