import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { provePassword } from '../password/change-password.ts';
import { Refusal } from '../refusal.ts';
import { freshUntil } from '../session/freshness.ts';
import { type RenewedSession, renewSession } from '../session/renew-session.ts';
import type { SignedIn } from '../session/session.store.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';

/**
 * Proves the password again, so that this session may do what needs a fresh proof. Refusals: `invalid_credentials`,
 * `too_many_attempts`, `overloaded`.
 */
export async function reauthenticate(
  core: UserCore,
  me: SignedIn,
  input: { password: string },
  caller: Caller,
): Promise<RenewedSession & { freshUntil: Date }> {
  await provePassword(core, me, input.password, 'sudo_fail', caller);
  return core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, me.user.id);
    if (!user) throw new Refusal('not_authenticated');
    // The password may have been changed while the old one was being verified.
    if (user.passwordHash !== me.user.passwordHash) throw new Refusal('invalid_credentials');
    const methods = [...new Set([...me.session.methods, 'pwd'])];
    const renewed = await renewSession(core, tx, me, methods, false);
    await insertAudit(tx, core.host.clock, caller.origin, { event: 'sudo_ok', userId: me.user.id, sessionId: me.session.id });
    return { ...renewed, freshUntil: freshUntil(core, renewed.authenticatedAt) };
  });
}
