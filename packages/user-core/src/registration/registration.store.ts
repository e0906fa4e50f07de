import { and, desc, eq, gt, ne, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type RegistrationRow, registrationTable } from './registration.table.ts';

export async function insertRegistration(tx: Transaction, row: typeof registrationTable.$inferInsert): Promise<RegistrationRow> {
  const [inserted] = await tx.insert(registrationTable).values(row).returning();
  if (!inserted) throw new Error('an insert returns its row');
  return inserted;
}

export async function findRegistration(db: Db | Transaction, id: string): Promise<RegistrationRow | null> {
  const [row] = await db.select().from(registrationTable).where(eq(registrationTable.id, id));
  return row ?? null;
}

/**
 * The newest registration for an address, or by a name, that this browser made; without one, the newest of all. A stranger
 * who registers the same later is not in the way.
 */
export async function findRegistrationOfBrowser(
  db: Db | Transaction,
  sought: { emailCanonical: string } | { usernameCanonical: string },
  browserHash: string | null,
  now: Date,
): Promise<RegistrationRow | null> {
  const isSought =
    'emailCanonical' in sought
      ? eq(registrationTable.emailCanonical, sought.emailCanonical)
      : eq(registrationTable.usernameCanonical, sought.usernameCanonical);
  const pending = and(isSought, gt(registrationTable.expiresAt, now));
  const hash = browserHash === null ? null : Buffer.from(browserHash, 'base64url');
  const own = hash && (await newest(db, and(pending, eq(registrationTable.browserHash, hash))));
  return own ?? newest(db, pending);
}

/** Whether a name is held by a pending registration for another address. */
export async function findUsernameHeldByOther(
  db: Db | Transaction,
  usernameCanonical: string,
  emailCanonical: string,
  now: Date,
): Promise<boolean> {
  const row = await newest(
    db,
    and(
      eq(registrationTable.usernameCanonical, usernameCanonical),
      ne(registrationTable.emailCanonical, emailCanonical),
      gt(registrationTable.expiresAt, now),
    ),
  );
  return row !== null;
}

/**
 * Only the newest few requests for one address stay, beside `kept`: a flood cannot grow the table. The clocks of several
 * processes differ, so that the one just made need not be the newest.
 */
export async function deleteOldestRegistrations(tx: Transaction, kept: RegistrationRow, keep: number): Promise<void> {
  const others = sql`email_canonical = ${kept.emailCanonical} and id <> ${kept.id}`;
  await tx.execute(sql`
    delete from ${registrationTable} where ${others} and id not in (
      select id from ${registrationTable} where ${others} order by created_at desc, id desc limit ${keep - 1})`);
}

export async function deleteRegistrations(tx: Transaction, emailCanonical: string): Promise<void> {
  await tx.delete(registrationTable).where(eq(registrationTable.emailCanonical, emailCanonical));
}

/**
 * One person at a time decides what becomes of an address. Locks are taken in one order: the address, the user, their tokens.
 */
export async function lockEmail(tx: Transaction, emailCanonical: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`latchkey email ${emailCanonical}`}, 0))`);
}

export async function lockUsername(tx: Transaction, usernameCanonical: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`latchkey username ${usernameCanonical}`}, 0))`);
}

async function newest(db: Db | Transaction, where: ReturnType<typeof and>): Promise<RegistrationRow | null> {
  const [row] = await db
    .select()
    .from(registrationTable)
    .where(where)
    .orderBy(desc(registrationTable.createdAt), desc(registrationTable.id))
    .limit(1);
  return row ?? null;
}
