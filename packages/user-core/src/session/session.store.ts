import { and, asc, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import { type UserRow, userTable } from '../user/user.table.ts';
import { type SessionEnd, type SessionRow, sessionTable } from './session.table.ts';

/** A session that lives, and the person it is of. */
export type SignedIn = { session: SessionRow; user: UserRow };

const isAlive = (now: Date) => and(isNull(sessionTable.endedAt), gt(sessionTable.expiresAt, now), gt(sessionTable.idleExpiresAt, now));

export async function findSessionByToken(db: Db, tokenHash: Buffer, now: Date): Promise<SignedIn | null> {
  const [row] = await db
    .select({ session: sessionTable, user: userTable })
    .from(sessionTable)
    .innerJoin(userTable, eq(userTable.id, sessionTable.userId))
    .where(and(eq(sessionTable.tokenHash, tokenHash), isAlive(now)));
  return row ?? null;
}

export async function findLivingSession(db: Db | Transaction, id: string, userId: string, now: Date): Promise<SignedIn | null> {
  const [row] = await db
    .select({ session: sessionTable, user: userTable })
    .from(sessionTable)
    .innerJoin(userTable, eq(userTable.id, sessionTable.userId))
    .where(and(eq(sessionTable.id, id), eq(sessionTable.userId, userId), isAlive(now)));
  return row ?? null;
}

/** Living or ended. */
export async function findSession(db: Db | Transaction, id: string): Promise<SignedIn | null> {
  const [row] = await db
    .select({ session: sessionTable, user: userTable })
    .from(sessionTable)
    .innerJoin(userTable, eq(userTable.id, sessionTable.userId))
    .where(eq(sessionTable.id, id));
  return row ?? null;
}

export async function findLivingSessions(db: Db | Transaction, userId: string, now: Date): Promise<SessionRow[]> {
  return db
    .select()
    .from(sessionTable)
    .where(and(eq(sessionTable.userId, userId), isAlive(now)))
    .orderBy(desc(sessionTable.lastSeenAt), asc(sessionTable.id));
}

export async function insertSession(tx: Transaction, row: typeof sessionTable.$inferInsert): Promise<SessionRow> {
  const [inserted] = await tx.insert(sessionTable).values(row).returning();
  if (!inserted) throw new Error('an insert returns its row');
  return inserted;
}

export async function updateSessionSeen(db: Db, id: string, now: Date, idleExpiresAt: Date): Promise<void> {
  await db
    .update(sessionTable)
    .set({ lastSeenAt: now, idleExpiresAt })
    .where(and(eq(sessionTable.id, id), isNull(sessionTable.endedAt)));
}

/** A new secret for the same session: the old cookie is dead, older refresh tokens are withdrawn when `withdrawTokens`. */
export async function updateSessionSecret(
  tx: Transaction,
  id: string,
  change: { tokenHash: Buffer | null; authenticatedAt: Date; methods: string[]; withdrawTokens: boolean },
): Promise<SessionRow | null> {
  const next = sql`${sessionTable.refreshCounter} + 1`;
  const [updated] = await tx
    .update(sessionTable)
    .set({
      tokenHash: change.tokenHash,
      authenticatedAt: change.authenticatedAt,
      methods: change.methods,
      ...(change.withdrawTokens ? { refreshCounter: next, refreshFloor: next, refreshedAt: null } : {}),
    })
    .where(and(eq(sessionTable.id, id), isNull(sessionTable.endedAt)))
    .returning();
  return updated ?? null;
}

/** Ends one session of that user; null when it was not there, not theirs or ended already. */
export async function claimSessionEnd(
  tx: Db | Transaction,
  id: string,
  userId: string,
  reason: SessionEnd,
  now: Date,
): Promise<SessionRow | null> {
  const [ended] = await tx
    .update(sessionTable)
    .set({ endedAt: now, endReason: reason })
    .where(and(eq(sessionTable.id, id), eq(sessionTable.userId, userId), isAlive(now)))
    .returning();
  return ended ?? null;
}

/** Ends every session of a user, but for the one to keep. */
export async function updateSessionsEnded(
  tx: Transaction,
  userId: string,
  keepId: string | null,
  reason: SessionEnd,
  now: Date,
): Promise<string[]> {
  const ended = await tx
    .update(sessionTable)
    .set({ endedAt: now, endReason: reason })
    .where(and(eq(sessionTable.userId, userId), isAlive(now), keepId === null ? undefined : ne(sessionTable.id, keepId)))
    .returning({ id: sessionTable.id });
  return ended.map((row) => row.id);
}

/** The next generation, given to exactly one of any number of callers that hold the present one. */
export async function claimRefresh(db: Db, id: string, counter: number, now: Date, idleUntil: Date): Promise<SessionRow | null> {
  const idleExpiresAt = sql`least(${idleUntil.toISOString()}::timestamptz, ${sessionTable.expiresAt})`;
  const [claimed] = await db
    .update(sessionTable)
    .set({ refreshCounter: counter + 1, refreshedAt: now, lastSeenAt: now, idleExpiresAt })
    .where(and(eq(sessionTable.id, id), eq(sessionTable.refreshCounter, counter), isNull(sessionTable.tokenHash), isAlive(now)))
    .returning();
  return claimed ?? null;
}

/** Where token sessions of a user came from, living or ended, by clients of that name. */
export async function findClientAddresses(tx: Transaction, userId: string, userAgent: string | null): Promise<(string | null)[]> {
  const rows = await tx
    .selectDistinct({ ip: sessionTable.ip })
    .from(sessionTable)
    .where(
      and(
        eq(sessionTable.userId, userId),
        isNull(sessionTable.tokenHash),
        userAgent === null ? isNull(sessionTable.userAgent) : eq(sessionTable.userAgent, userAgent),
      ),
    )
    .limit(500);
  return rows.map(({ ip }) => ip);
}
