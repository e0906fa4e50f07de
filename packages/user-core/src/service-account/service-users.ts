import { insertAudit } from '../audit/audit.store.ts';
import type { Origin } from '../host.ts';
import { Refusal } from '../refusal.ts';
import { endSessions } from '../session/sessions.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserForUpdate, findUsers } from '../user/user.store.ts';
import { toUser, type User } from '../user/user.ts';
import type { UserCore } from '../user-core.ts';
import type { ServiceCaller } from './service-token.ts';

/** The people of these ids and addresses, each once; who is not there is left out. */
export async function findUsersForService(
  core: UserCore,
  input: { ids?: string[] | undefined; emails?: string[] | undefined },
): Promise<User[]> {
  const ids = input.ids ?? [];
  const emails = (input.emails ?? []).flatMap((email) => canonicalEmail(email)?.canonical ?? []);
  if (ids.length === 0 && emails.length === 0) return [];
  return (await findUsers(core.db, ids, emails)).map(toUser);
}

/** Ends every session of a person in a service's name. Answers how many. Refusals: `not_found`. */
export async function revokeSessionsForService(core: UserCore, userId: string, service: ServiceCaller, origin: Origin): Promise<number> {
  return core.db.transaction(async (tx) => {
    if (!(await findUserForUpdate(tx, userId))) throw new Refusal('not_found');
    const ended = await endSessions(core, tx, userId, null, 'revoked');
    await insertAudit(tx, core.host.clock, origin, { event: 'session_revoke_all', userId, serviceAccountId: service.id });
    return ended.length;
  });
}
