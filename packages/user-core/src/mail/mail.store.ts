import { and, eq, gt, isNotNull, isNull, lte, ne, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { mailTable } from './mail.table.ts';

export async function insertMail(tx: Transaction, row: typeof mailTable.$inferInsert): Promise<void> {
  await tx.insert(mailTable).values(row);
}

const isDue = (now: Date) => and(isNull(mailTable.sentAt), isNull(mailTable.failedAt), lte(mailTable.nextAttemptAt, now));

/** Takes a mail that is due until `leaseUntil`: of several processes one sends it. */
export async function claimDueMail(db: Db, id: string, now: Date, leaseUntil: Date) {
  const [claimed] = await db
    .update(mailTable)
    .set({ attempts: sql`${mailTable.attempts} + 1`, nextAttemptAt: leaseUntil })
    .where(and(eq(mailTable.id, id), isDue(now)))
    .returning();
  return claimed ?? null;
}

/** Takes away what was asked for: of several processes one answers it. */
export async function claimMailRequest(tx: Transaction, id: string): Promise<boolean> {
  const claimed = await tx.delete(mailTable).where(eq(mailTable.id, id)).returning({ id: mailTable.id });
  return claimed.length > 0;
}

export async function findDueMails(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows = await db.select({ id: mailTable.id }).from(mailTable).where(isDue(now)).orderBy(mailTable.nextAttemptAt).limit(limit);
  return rows.map((row) => row.id);
}

export async function updateMailSent(db: Db, id: string, now: Date, keepContent: boolean): Promise<void> {
  await db
    .update(mailTable)
    .set({ sentAt: now, failedAt: null, ...(keepContent ? {} : { sealed: null }) })
    .where(eq(mailTable.id, id));
}

export async function updateMailPostponed(db: Db, id: string, change: { nextAttemptAt: Date } | { failedAt: Date }): Promise<void> {
  await db.update(mailTable).set(change).where(eq(mailTable.id, id));
}

export async function findKeptMails(db: Db, limit: number) {
  return db
    .select()
    .from(mailTable)
    .where(sql`${mailTable.sentAt} is not null and ${mailTable.sealed} is not null`)
    .orderBy(sql`${mailTable.sentAt} desc, ${mailTable.id} desc`)
    .limit(limit);
}

export async function findMailsWithContent(db: Db) {
  return db
    .select()
    .from(mailTable)
    .where(and(isNotNull(mailTable.sealed), ne(mailTable.kind, 'request')))
    .orderBy(mailTable.createdAt, mailTable.id);
}

export async function findMailBacklog(db: Db) {
  const [row] = await db
    .select({
      waiting: sql<number>`count(*) filter (where ${mailTable.failedAt} is null)::int`,
      dead: sql<number>`count(*) filter (where ${mailTable.failedAt} is not null)::int`,
      untried: sql<string | null>`min(${mailTable.createdAt}) filter (where ${mailTable.failedAt} is null and ${mailTable.attempts} = 0)`,
    })
    .from(mailTable)
    .where(isNull(mailTable.sentAt));
  return { waiting: row?.waiting ?? 0, dead: row?.dead ?? 0, oldestUntriedAt: row?.untried ? new Date(row.untried) : null };
}

export async function countUserMails(tx: Transaction, userId: string, kind: string, since: Date): Promise<number> {
  return tx.$count(mailTable, and(eq(mailTable.userId, userId), gt(mailTable.createdAt, since), eq(mailTable.kind, kind)));
}

export async function deleteUserMails(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(mailTable).where(eq(mailTable.userId, userId));
}
