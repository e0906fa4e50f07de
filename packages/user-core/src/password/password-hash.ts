import { createHmac } from 'node:crypto';
import { hash as bcryptHash, verify as bcryptVerify } from '@node-rs/bcrypt';
import type { DerivedKeys } from '../secret/derived-keys.ts';
import type { HashQueue } from './hash-queue.ts';
import { isUsablePassword, normalizedPassword } from './password-rules.ts';

/**
 * Stored passwords: `$ph1$kid=<root secret id>$2b$<cost>$…`, which is bcrypt over base64(HMAC-SHA-384(key, NFC(password))).
 * The keyed digest makes every byte of a long password count (bcrypt reads 72), holds no NUL, and leaves a stolen
 * table without the root secret worthless.
 */
export type PasswordHasher = {
  hash(password: string, from: string | null): Promise<string>;
  /**
   * With `stored` null, or a hash nobody can verify, the same work is done on a decoy and the answer is false. A wrong
   * password costs today's work also where the stored hash was made with less: time tells nobody who has an account.
   */
  verify(password: string, stored: string | null, from: string | null): Promise<boolean>;
  /**
   * The place of the first stored hash that is this password's, or null. They are compared one after the other up to the
   * right one, each like `verify` does, in one turn of the queue: what has begun is not shed.
   */
  findRight(password: string, stored: (string | null)[], from: string | null): Promise<number | null>;
  /** True when a stored hash is below today's cost or made with an older root secret. */
  isOutdated(stored: string): boolean;
  /** Sheds before anything is looked up: refuses with `overloaded` when the queue has no room. */
  refuseWhenFull(from: string | null): void;
};

const stored = /^\$ph1\$kid=([A-Za-z0-9_-]+)(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

export async function createPasswordHasher(
  keys: DerivedKeys,
  cost: number,
  queueFor: (hashMilliseconds: number) => HashQueue,
): Promise<PasswordHasher> {
  const digest = (password: string, key: Buffer) => createHmac('sha384', key).update(normalizedPassword(password)).digest('base64');
  const pepper = keys.key('pepper', keys.currentId);
  if (!pepper) throw new Error('the current root secret is always configured');
  const startedAt = performance.now();
  const decoy = await bcryptHash(digest('no password has this digest', pepper), { cost });
  const queue = queueFor(performance.now() - startedAt);
  /** Each cost is twice the work of the one below: 2^n + 2^n + 2^(n+1) + … + 2^(cost-1) is 2^cost. */
  const makeUpFor = async (storedCost: number): Promise<void> => {
    for (let lower = storedCost; lower < cost; lower += 1) await bcryptHash(decoy, { cost: lower });
  };

  const isRight = async (password: string, encoded: string | null): Promise<boolean> => {
    const [, keyId, bcrypt, storedCost] = (encoded === null ? null : stored.exec(encoded)) ?? [];
    const key = keyId === undefined ? null : keys.key('pepper', keyId);
    const usable = key !== null && bcrypt !== undefined && isUsablePassword(password);
    const right = await bcryptVerify(digest(password, usable ? key : pepper), usable ? bcrypt : decoy);
    if (!right && usable) await makeUpFor(Number(storedCost));
    return usable && right;
  };

  return {
    hash: (password, from) =>
      queue.run(
        from,
        async () => `$ph1$kid=${keys.currentId}${await bcryptHash(digest(password, pepper), { cost, rejectLongPasswords: true })}`,
      ),
    verify: (password, encoded, from) => queue.run(from, () => isRight(password, encoded)),
    findRight: (password, candidates, from) =>
      queue.run(from, async () => {
        for (const [place, encoded] of candidates.entries()) if (await isRight(password, encoded)) return place;
        return null;
      }),
    isOutdated(encoded) {
      const [, keyId, , storedCost] = stored.exec(encoded) ?? [];
      return keyId !== keys.currentId || Number(storedCost) < cost;
    },
    refuseWhenFull: (from) => queue.refuseWhenFull(from),
  };
}
