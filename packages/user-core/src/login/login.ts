import { tryInsertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, openSession } from '../session/open-session.ts';
import { findUserForUpdate, updateUser } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { type Account, findAccount } from './find-account.ts';

type LoginInput = { identifier: string; password: string };

/**
 * Logs in by e-mail address or username. Every failure is `invalid_credentials`, whatever the cause, after the same work
 * (R-SES-01, -02); `email_verification_required` is said only to who knew the password. Other refusals:
 * `too_many_attempts`, `overloaded`.
 */
export async function login(core: UserCore, input: LoginInput, caller: Caller): Promise<LoginOutcome> {
  const { ip } = caller.origin;
  core.passwords.refuseWhenFull(ip);
  const found = await findAccount(core, input.identifier, caller);
  await core.limits.charge('login', { ip, account: found.limitKey });
  const failuresBefore = await core.limits.loginFailures.begin(found.limitKey);
  if (!(await isRightPassword(core, found, input.password, ip))) {
    await fail(core, found, failuresBefore + 1, caller);
    throw new Refusal('invalid_credentials');
  }
  await core.limits.forgive('login', found.limitKey);
  await core.limits.loginFailures.clear(found.limitKey);
  const outcome = (await enter(core, found, input, failuresBefore, caller)) ?? (await enterAgain(core, input, failuresBefore, caller));
  if (!outcome) throw new Refusal('invalid_credentials');
  return outcome;
}

/** An attempt that is turned away before its password was looked at is not one that failed. */
async function isRightPassword(core: UserCore, found: Account, password: string, ip: string | null): Promise<boolean> {
  try {
    return await core.passwords.verify(password, found.passwordHash, ip);
  } catch (error) {
    await core.limits.loginFailures.cancel(found.limitKey);
    throw error;
  }
}

/** Opens the session. Null when the hash that was verified is not the account's any more. */
async function enter(
  core: UserCore,
  found: Account,
  input: LoginInput,
  failuresBefore: number,
  caller: Caller,
): Promise<LoginOutcome | null> {
  if (!found.user || needsVerification(core, found.user)) return { status: 'email_verification_required', email: found.email };
  const rehashed = await rehash(core, found.user, input.password, caller.origin.ip);
  const userId = found.user.id;
  return core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, userId);
    if (!user || user.passwordHash !== found.passwordHash) return null;
    if (rehashed) await updateUser(tx, userId, { passwordHash: rehashed });
    return openSession(core, tx, user, { methods: ['pwd'], failuresBefore }, caller);
  });
}

/**
 * The hash was replaced while the old one was being verified: by a parallel login that renewed an outdated hash, and the
 * password is still right, or because the password was changed, and it is not.
 */
async function enterAgain(core: UserCore, input: LoginInput, failuresBefore: number, caller: Caller): Promise<LoginOutcome | null> {
  const found = await findAccount(core, input.identifier, caller);
  const right = await core.passwords.verify(input.password, found.passwordHash, caller.origin.ip);
  return right ? enter(core, found, input, failuresBefore, caller) : null;
}

/** True while an account may not be used because its address is not proven. */
function needsVerification(core: UserCore, user: UserRow): boolean {
  return core.policy.emailVerification === 'mandatory' && user.emailVerifiedAt === null;
}

async function fail(core: UserCore, found: Account, failures: number, caller: Caller): Promise<void> {
  await tryInsertAudit(core.db, core.host, caller.origin, {
    event: failures >= core.policy.loginDelay.lockAfter ? 'authn_login_fail_max' : 'authn_login_fail',
    reason: 'invalid_credentials',
    userId: found.user?.id ?? null,
  });
  const user = found.user;
  if (user && failures === core.policy.loginDelay.lockAfter) {
    const mail = { kind: 'login_locked', to: user.email, content: occurrence(core, caller.origin) } as const;
    await core.db.transaction((tx) => writeMail(core, tx, mail, user.id));
  }
}

/** R-PWD-07: an outdated hash is replaced while the password is at hand; when that fails, the login does not. */
async function rehash(core: UserCore, user: UserRow, password: string, ip: string | null): Promise<string | null> {
  if (!user.passwordHash || !core.passwords.isOutdated(user.passwordHash)) return null;
  try {
    return await core.passwords.hash(password, ip);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
