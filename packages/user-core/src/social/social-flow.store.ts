import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { Db, Transaction } from '../database.ts';
import type { PersonName } from './identity.ts';
import { type SocialFlowRow, socialFlowTable } from './social-flow.table.ts';
import { type SocialRegistrationRow, socialRegistrationTable } from './social-registration.table.ts';

/** Who finishes: all of it has to be as it was at the start. The session matters to a flow that connects. */
export type FlowFinisher = Pick<SocialFlowRow, 'stateHash' | 'provider' | 'credentials' | 'holderHash' | 'sessionId' | 'userId'>;

export async function insertSocialFlow(db: Db, row: typeof socialFlowTable.$inferInsert): Promise<void> {
  await db.insert(socialFlowTable).values(row);
}

/** Consumes a flow: one of any number of callers gets it, and nobody who differs in anything (R-SOC-01, -03). */
export async function claimSocialFlow(db: Db, finisher: FlowFinisher, now: Date): Promise<SocialFlowRow | null> {
  const { sessionId, userId } = finisher;
  const connects = sessionId && userId ? and(eq(socialFlowTable.sessionId, sessionId), eq(socialFlowTable.userId, userId)) : undefined;
  const [row] = await db
    .delete(socialFlowTable)
    .where(
      and(
        or(eq(socialFlowTable.intent, 'login'), connects),
        eq(socialFlowTable.stateHash, finisher.stateHash),
        eq(socialFlowTable.provider, finisher.provider),
        eq(socialFlowTable.credentials, finisher.credentials),
        eq(socialFlowTable.holderHash, finisher.holderHash),
        gt(socialFlowTable.expiresAt, now),
      ),
    )
    .returning();
  return row ?? null;
}

/** Once: what a second answer says is not taken. */
export async function updateFlowPostedName(db: Db, provider: string, stateHash: Buffer, postedName: PersonName, now: Date): Promise<void> {
  await db
    .update(socialFlowTable)
    .set({ postedName })
    .where(
      and(
        eq(socialFlowTable.stateHash, stateHash),
        eq(socialFlowTable.provider, provider),
        isNull(socialFlowTable.postedName),
        gt(socialFlowTable.expiresAt, now),
      ),
    );
}

/** The newest takes the place of the holder's earlier one. */
export async function insertSocialRegistration(tx: Transaction, row: typeof socialRegistrationTable.$inferInsert): Promise<void> {
  const { holderHash, ...values } = row;
  await tx.insert(socialRegistrationTable).values(row).onConflictDoUpdate({ target: socialRegistrationTable.holderHash, set: values });
}

export async function findSocialRegistration(
  db: Db | Transaction,
  holderHash: Buffer,
  credentials: SocialRegistrationRow['credentials'],
  now: Date,
): Promise<SocialRegistrationRow | null> {
  const [row] = await db
    .select()
    .from(socialRegistrationTable)
    .where(isRegistration(holderHash, credentials, now));
  return row ?? null;
}

/** Consumes it; a transaction that fails afterwards gives it back. */
export async function claimSocialRegistration(
  tx: Transaction,
  holderHash: Buffer,
  credentials: SocialRegistrationRow['credentials'],
  now: Date,
): Promise<SocialRegistrationRow | null> {
  const [row] = await tx
    .delete(socialRegistrationTable)
    .where(isRegistration(holderHash, credentials, now))
    .returning();
  return row ?? null;
}

function isRegistration(holderHash: Buffer, credentials: SocialRegistrationRow['credentials'], now: Date) {
  return and(
    eq(socialRegistrationTable.holderHash, holderHash),
    eq(socialRegistrationTable.credentials, credentials),
    gt(socialRegistrationTable.expiresAt, now),
  );
}
