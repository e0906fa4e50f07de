import { asc, eq, inArray, or } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type UserRow, userTable } from './user.table.ts';

export async function findUserByEmail(db: Db | Transaction, emailCanonical: string): Promise<UserRow | null> {
  const [row] = await db.select().from(userTable).where(eq(userTable.emailCanonical, emailCanonical));
  return row ?? null;
}

export async function findUserByUsername(db: Db | Transaction, usernameCanonical: string): Promise<UserRow | null> {
  const [row] = await db.select().from(userTable).where(eq(userTable.usernameCanonical, usernameCanonical));
  return row ?? null;
}

export async function findUsers(db: Db, ids: string[], emailsCanonical: string[]): Promise<UserRow[]> {
  return db
    .select()
    .from(userTable)
    .where(or(inArray(userTable.id, ids), inArray(userTable.emailCanonical, emailsCanonical)))
    .orderBy(asc(userTable.id));
}

export async function findUser(db: Db | Transaction, id: string): Promise<UserRow | null> {
  const [row] = await db.select().from(userTable).where(eq(userTable.id, id));
  return row ?? null;
}

/** Locks the row until the transaction ends: changes to one person happen one after the other. */
export async function findUserForUpdate(tx: Transaction, id: string): Promise<UserRow | null> {
  const [row] = await tx.select().from(userTable).where(eq(userTable.id, id)).for('update');
  return row ?? null;
}

export async function insertUser(tx: Transaction, row: typeof userTable.$inferInsert): Promise<UserRow> {
  const [inserted] = await tx.insert(userTable).values(row).returning();
  if (!inserted) throw new Error('an insert returns its row');
  return inserted;
}

/** Null when the person is gone. */
export async function updateUser(
  tx: Db | Transaction,
  id: string,
  change: Partial<typeof userTable.$inferInsert>,
): Promise<UserRow | null> {
  const [updated] = await tx.update(userTable).set(change).where(eq(userTable.id, id)).returning();
  return updated ?? null;
}

export async function deleteUser(tx: Transaction, id: string): Promise<UserRow | null> {
  const [deleted] = await tx.delete(userTable).where(eq(userTable.id, id)).returning();
  return deleted ?? null;
}
