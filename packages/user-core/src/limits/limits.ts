import { RateLimiterDrizzle, RateLimiterRes } from 'rate-limiter-flexible';
import type { Db } from '../database.ts';
import type { Log } from '../host.ts';
import type { LimitedAction, Policy } from '../policy.ts';
import { Refusal } from '../refusal.ts';
import type { DerivedKeys } from '../secret/derived-keys.ts';
import { clientNetwork } from './client-network.ts';
import { limitTable } from './limit.table.ts';

/** What is told when waiting helps no more for a long time. */
const lockedMilliseconds = 3_600_000;

/** Who is counted: the client's address, and the account it asks for (any text that names it, known or not). */
export type LimitSubject = { ip: string | null; account: string | null };

/**
 * Counts attempts in PostgreSQL, so that several processes share one count. Every call counts before the work is done,
 * in one statement: parallel calls cannot pass together. An unknown account is counted like a known one.
 */
export type Limits = {
  /** Refuses with `too_many_attempts` when one more attempt is too many: of the address, or else of the account. */
  charge(action: LimitedAction, subject: LimitSubject): Promise<void>;
  chargeClient(action: LimitedAction, ip: string | null): Promise<void>;
  chargeAccount(action: LimitedAction, account: string): Promise<void>;
  /** Forgives an account's attempts after a success; the address's are never forgiven (R-SES-14). */
  forgive(action: LimitedAction, account: string): Promise<void>;
  /** False, instead of a refusal, when the account had its share. */
  tryCharge(action: LimitedAction, account: string): Promise<boolean>;
  loginFailures: LoginFailures;
};

/** Failures in a row for one account, within `policy.loginDelay.rememberSeconds`. */
export type LoginFailures = {
  /**
   * Refuses while the account has to wait; counts this attempt as failed until `clear` or `cancel` says otherwise. Of
   * parallel attempts that all have to wait, one goes on. Answers the failures before it.
   */
  begin(account: string): Promise<number>;
  /** For an attempt that was given up before the password was looked at. */
  cancel(account: string): Promise<void>;
  clear(account: string): Promise<void>;
};

export function createLimits(db: Db, keys: DerivedKeys, policy: Policy, log: Log): Limits {
  const orRefuse = refusing(log);
  const digest = (text: string) => keys.mac('limit', text).subarray(0, 18).toString('base64url');
  const limiter = (points: number, seconds: number) =>
    new RateLimiterDrizzle({ storeClient: db, schema: limitTable, points, duration: seconds, keyPrefix: '', clearExpiredByTimeout: false });
  const windows = new Map(
    Object.entries(policy.limits).flatMap(([action, limit]) =>
      (['ip', 'account'] as const).map((side) => [
        `${action}.${side}`,
        limit[side].map((window) => ({ name: `${action}.${side}.${window.seconds}`, limiter: limiter(window.points, window.seconds) })),
      ]),
    ),
  );
  const consume = async (action: LimitedAction, side: 'ip' | 'account', subject: string): Promise<void> => {
    for (const window of windows.get(`${action}.${side}`) ?? []) {
      await orRefuse(window.limiter.consume(`${window.name}.${digest(subject)}`));
    }
  };
  const off = !policy.limitsEnabled;
  const chargeClient = async (action: LimitedAction, ip: string | null): Promise<void> => {
    // Without an address all such calls share one count: unknown never means unlimited.
    if (!off) await consume(action, 'ip', clientNetwork(ip) ?? 'unknown');
  };
  const chargeAccount = async (action: LimitedAction, account: string): Promise<void> => {
    if (!off) await consume(action, 'account', account);
  };

  return {
    chargeClient,
    chargeAccount,
    async charge(action, { ip, account }) {
      await chargeClient(action, ip);
      if (account !== null) await chargeAccount(action, account);
    },
    async forgive(action, account) {
      if (off) return;
      for (const window of windows.get(`${action}.account`) ?? []) await window.limiter.delete(`${window.name}.${digest(account)}`);
    },
    async tryCharge(action, account) {
      try {
        await chargeAccount(action, account);
        return true;
      } catch (error) {
        if (error instanceof Refusal) return false;
        throw error;
      }
    },
    loginFailures: off ? unlimitedFailures : loginFailures(limiter, digest, policy.loginDelay, orRefuse),
  };
}

const unlimitedFailures: LoginFailures = { begin: async () => 0, cancel: async () => {}, clear: async () => {} };

function loginFailures(
  limiter: (points: number, seconds: number) => RateLimiterDrizzle,
  digest: (text: string) => string,
  delay: Policy['loginDelay'],
  orRefuse: OrRefuse,
): LoginFailures {
  // Every row ends: a flood of names that nobody has must not stay for ever (R-STO-09), and no name is told from another.
  const inARow = limiter(delay.lockAfter, delay.rememberSeconds);
  const wait = limiter(1, 1);
  const rowKey = (account: string) => `login.row.${digest(account)}`;
  const waitKey = (account: string) => `login.wait.${digest(account)}`;
  return {
    async begin(account) {
      const { consumedPoints: attempt } = await orRefuse(inARow.consume(rowKey(account)), lockedMilliseconds);
      if (attempt < delay.freeFailures) return attempt - 1;
      const seconds = Math.min(2 ** (attempt - delay.freeFailures), delay.maxSeconds);
      try {
        // This attempt takes the turn of its wait and starts the next one's, in one statement.
        await orRefuse(wait.consume(waitKey(account), 1, { customDuration: seconds }));
      } catch (error) {
        await orRefuse(inARow.reward(rowKey(account)));
        throw error;
      }
      return attempt - 1;
    },
    async cancel(account) {
      await orRefuse(inARow.reward(rowKey(account)));
    },
    async clear(account) {
      await inARow.delete(rowKey(account));
      await wait.delete(waitKey(account));
    },
  };
}

type OrRefuse = <T>(asked: Promise<T>, retryAfterMilliseconds?: number) => Promise<T>;

/**
 * The library rejects with a plain object when a limit is reached, and with an error when the store failed: nobody may go on
 * uncounted then (`overloaded`).
 */
function refusing(log: Log): OrRefuse {
  return async (asked, retryAfterMilliseconds) => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof RateLimiterRes) throw tooMany(retryAfterMilliseconds ?? error.msBeforeNext);
      log.error({ err: error }, 'attempts could not be counted');
      throw new Refusal('overloaded', { retryAfterSeconds: 1 });
    }
  };
}

function tooMany(milliseconds: number): Refusal {
  return new Refusal('too_many_attempts', { retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)) });
}
