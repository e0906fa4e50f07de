import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { insertEvent } from '../event/event.store.ts';
import { newId } from '../new-id.ts';
import { insertUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import { toUser } from '../user/user.ts';
import type { UserCore } from '../user-core.ts';
import { deleteRegistrations } from './registration.store.ts';

export type NewAccount = {
  email: string;
  emailCanonical: string;
  username: string | null;
  usernameCanonical: string | null;
  firstName: string;
  lastName: string;
  fields: Record<string, unknown>;
  /** Null when the way in is a provider's. */
  passwordHash: string | null;
};

/** Turns a registration into a person, in the transaction of what entitled them; what was pending for the address ends. */
export async function createAccount(
  core: UserCore,
  tx: Transaction,
  account: NewAccount,
  emailVerifiedAt: Date | null,
  caller: Caller,
): Promise<UserRow> {
  const now = core.host.clock.now();
  const user = await insertUser(tx, {
    id: newId(core.host),
    email: account.email,
    emailCanonical: account.emailCanonical,
    emailVerifiedAt,
    username: account.username,
    usernameCanonical: account.usernameCanonical,
    firstName: account.firstName,
    lastName: account.lastName,
    fields: account.fields,
    passwordHash: account.passwordHash,
    createdAt: now,
    changedAt: now,
  });
  await deleteRegistrations(tx, account.emailCanonical);
  await core.hooks.afterRegister?.(tx, toUser(user));
  await insertEvent(tx, { type: 'user.registered', userId: user.id, data: { email: user.email }, occurredAt: now });
  if (emailVerifiedAt)
    await insertEvent(tx, { type: 'user.email_verified', userId: user.id, data: { email: user.email }, occurredAt: now });
  await core.host.jobs.enqueueEvents(tx);
  await insertAudit(tx, core.host.clock, caller.origin, { event: emailVerifiedAt ? 'email_verify' : 'registration', userId: user.id });
  return user;
}
