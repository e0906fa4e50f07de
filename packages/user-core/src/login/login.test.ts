import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { createHashQueue, hashQueueOptions } from '../password/hash-queue.ts';
import { createPasswordHasher } from '../password/password-hash.ts';
import { defaultPolicy } from '../policy.ts';
import { Refusal } from '../refusal.ts';
import { register } from '../registration/register.ts';
import { verifyEmail } from '../registration/verify-email.ts';
import { openTestCore, type TestCore, testCaller } from '../testing/testing.ts';
import { login } from './login.ts';

const hashed = vi.hoisted(() => ({ costs: [] as number[] }));

// The real library with a tally: what a login costs is counted, not timed.
vi.mock('@node-rs/bcrypt', async (original) => {
  const bcrypt = await original<typeof import('@node-rs/bcrypt')>();
  return {
    ...bcrypt,
    verify: (password: string, hash: string) => {
      hashed.costs.push(Number(hash.split('$')[2]));
      return bcrypt.verify(password, hash);
    },
    hash: (password: string, options: { cost: number }) => {
      hashed.costs.push(options.cost);
      return bcrypt.hash(password, options);
    },
  };
});

const cost = 7;
const password = 'a pass phrase of some length';
let testCore: TestCore;

async function account(name: string, change = ''): Promise<void> {
  const email = `${name}@example.com`;
  await register(testCore.core, { email, password, username: name }, testCaller());
  const { token } = await testCore.lastMail('verify_email', email);
  await verifyEmail(testCore.core, { token, password }, testCaller());
  if (change) await testCore.core.db.execute(`update latchkey."user" set ${change} where email = '${email}'`);
}

beforeAll(async () => {
  testCore = await openTestCore(inject('databaseUrl'), { policy: { password: { ...defaultPolicy.password, bcryptCost: cost } } });
  await account('known');
  await account('without-password', 'password_hash = null');
  await account('unreadable', `password_hash = '$ph1$kid=gone$2b$04$${'x'.repeat(53)}'`);
  const before = await createPasswordHasher(testCore.core.keys, 4, () => createHashQueue(hashQueueOptions(1, 1, 4, false)));
  await account('outdated', `password_hash = '${await before.hash(password, null)}'`);
  await account('unproven', 'email_verified_at = null');
  await register(testCore.core, { email: 'pending@example.com', password, username: 'pending' }, testCaller());
});
afterAll(() => testCore.close());

/** In rounds of bcrypt: one verification of the account's hash, and one of a pending registration's, or of decoys. */
const work = () => hashed.costs.reduce((rounds, each) => rounds + 2 ** each, 0);

beforeEach(() => {
  hashed.costs.length = 0;
});

describe('every failed login gets the same answer after the same work (R-SES-01, R-SES-02)', () => {
  test.each([
    { case: 'an address nobody has', identifier: 'nobody@example.com' },
    { case: 'a name nobody has', identifier: 'nobody' },
    { case: 'a text that is neither', identifier: 'no body@' },
    { case: 'a wrong password', identifier: 'known@example.com' },
    { case: 'a wrong password for a name', identifier: 'KNOWN' },
    { case: 'a password that no password can be', identifier: 'known@example.com', password: 'a pass phrase\0of some length' },
    { case: 'a pending registration and a wrong password', identifier: 'pending@example.com' },
    { case: 'the name of a pending registration', identifier: 'pending' },
    { case: 'a person without a password', identifier: 'without-password@example.com', password },
    { case: 'a hash whose key is gone', identifier: 'unreadable@example.com', password },
    { case: 'a wrong password for a hash of a lower cost', identifier: 'outdated' },
    { case: 'an unproven address and a wrong password', identifier: 'unproven@example.com' },
  ])('$case', async ({ identifier, password: given = 'a wrong pass phrase' }) => {
    const refused = await login(testCore.core, { identifier, password: given }, testCaller()).catch((error: unknown) => error);
    expect(refused).toEqual(new Refusal('invalid_credentials'));
    expect(work()).toBe(2 * 2 ** cost);
  });
});

test('only who knew the password hears that the address is not proven (R-SES-01)', async () => {
  for (const name of ['pending', 'unproven']) {
    expect(await login(testCore.core, { identifier: name, password }, testCaller())).toEqual({
      status: 'email_verification_required',
      email: `${name}@example.com`,
    });
  }
});

test('an address that may not be used to log in costs and answers like an unknown one (R-SES-01, R-SES-02)', async () => {
  const core = { ...testCore.core, policy: { ...testCore.core.policy, loginIdentifiers: ['username' as const] } };
  await expect(login(core, { identifier: 'known@example.com', password }, testCaller())).rejects.toEqual(
    new Refusal('invalid_credentials'),
  );
  expect(work()).toBe(2 * 2 ** cost);
});
