import { tryInsertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { type LoginOutcome, needsVerification, openSession } from '../session/open-session.ts';
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
  await core.limits.chargeClient('login', ip);
  const found = await findAccount(core, input.identifier, caller);
  const failuresBefore = await beginAttempt(core, found);
  const known = await findKnown(core, found, input.password, ip);
  if (!found.user || known !== 'account') return answerUnproven(core, found, known === 'registration', failuresBefore + 1, caller);
  await core.limits.forgive('login', found.limitKey);
  await core.limits.loginFailures.clear(found.limitKey);
  const outcome = (await enter(core, found.user, input, failuresBefore, caller)) ?? (await enterAgain(core, input, failuresBefore, caller));
  if (!outcome) throw new Refusal('invalid_credentials');
  return outcome;
}

/** First the wait, then the share of a while: what either turns away is no attempt, so that waiting as told is enough. */
async function beginAttempt(core: UserCore, { limitKey }: Account): Promise<number> {
  const failuresBefore = await core.limits.loginFailures.begin(limitKey);
  try {
    await core.limits.chargeAccount('login', limitKey);
  } catch (error) {
    await core.limits.loginFailures.cancel(limitKey);
    throw error;
  }
  return failuresBefore;
}

/**
 * Whose password it is. What is not the account's is compared with the pending registration's, or with a decoy, for every
 * address alike, an account's too: or else whoever registers an address and then logs in would learn whether it had an
 * account (R-REG-01). An attempt that is turned away before its password was looked at is not one that failed.
 */
async function findKnown(
  core: UserCore,
  { user, pending, limitKey }: Account,
  password: string,
  ip: string | null,
): Promise<'account' | 'registration' | null> {
  const ofRegistration = core.policy.emailVerification === 'mandatory' ? [pending?.passwordHash ?? null] : [];
  try {
    const place = await core.passwords.findRight(password, [user?.passwordHash ?? null, ...ofRegistration], ip);
    return place === null ? null : place === 0 ? 'account' : 'registration';
  } catch (error) {
    await core.limits.loginFailures.cancel(limitKey);
    throw error;
  }
}

/** Opens the session. Null when the hash that was verified is not the account's any more. */
async function enter(
  core: UserCore,
  checked: UserRow,
  input: LoginInput,
  failuresBefore: number,
  caller: Caller,
): Promise<LoginOutcome | null> {
  if (needsVerification(core, checked)) return { status: 'email_verification_required', email: checked.email };
  const rehashed = await rehash(core, checked, input.password, caller.origin.ip);
  return core.db.transaction(async (tx) => {
    const user = await findUserForUpdate(tx, checked.id);
    if (!user || user.passwordHash !== checked.passwordHash) return null;
    if (rehashed) await updateUser(tx, user.id, { passwordHash: rehashed });
    return openSession(core, tx, user, { methods: ['pwd'], failuresBefore }, caller);
  });
}

/**
 * The hash was replaced while the old one was being verified: by a parallel login that renewed an outdated hash, and the
 * password is still right, or because the password was changed, and it is not.
 */
async function enterAgain(core: UserCore, input: LoginInput, failuresBefore: number, caller: Caller): Promise<LoginOutcome | null> {
  const { user } = await findAccount(core, input.identifier, caller);
  const right = await core.passwords.verify(input.password, user?.passwordHash ?? null, caller.origin.ip);
  return user && right ? enter(core, user, input, failuresBefore, caller) : null;
}

/** Counts as a failure whatever comes of it, so that a registration wins no attempts at the account back. */
async function answerUnproven(core: UserCore, found: Account, isPending: boolean, failures: number, caller: Caller): Promise<LoginOutcome> {
  await fail(core, found, failures, isPending ? 'email_verification_required' : 'invalid_credentials', caller);
  if (!isPending || !found.pending) throw new Refusal('invalid_credentials');
  return { status: 'email_verification_required', email: found.pending.email };
}

async function fail(core: UserCore, found: Account, failures: number, reason: string, caller: Caller): Promise<void> {
  await tryInsertAudit(core.db, core.host, caller.origin, {
    event: failures >= core.policy.loginDelay.lockAfter ? 'authn_login_fail_max' : 'authn_login_fail',
    reason,
    userId: found.user?.id ?? null,
  });
  const user = found.user;
  if (user && failures === core.policy.loginDelay.lockAfter) {
    const mail = { kind: 'login_locked', to: user.email, content: occurrence(core, caller.origin) } as const;
    await core.db.transaction((tx) => writeNotice(core, tx, mail, user));
  }
}

/** R-PWD-07: an outdated hash is replaced while the password is at hand; when that fails, the login does not. */
async function rehash(core: UserCore, user: UserRow, password: string, ip: string | null): Promise<string | null> {
  if (!user.passwordHash || !core.passwords.isOutdated(user.passwordHash)) return null;
  try {
    return await core.passwords.hash(password, ip);
  } catch (error) {
    core.host.log.warn({ err: error, userId: user.id }, 'an outdated password hash could not be replaced');
    return null;
  }
}
