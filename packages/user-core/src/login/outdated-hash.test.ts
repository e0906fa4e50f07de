import { randomBytes } from 'node:crypto';
import { afterEach, expect, inject, test } from 'vitest';
import type { RootSecret } from '../host.ts';
import { createHashQueue, hashQueueOptions } from '../password/hash-queue.ts';
import { createPasswordHasher } from '../password/password-hash.ts';
import { Refusal } from '../refusal.ts';
import { register } from '../registration/register.ts';
import { verifyEmail } from '../registration/verify-email.ts';
import { deriveKeys } from '../secret/derived-keys.ts';
import { openTestCore, type TestCore, testCaller } from '../testing/testing.ts';
import { findUserByEmail } from '../user/user.store.ts';
import { login } from './login.ts';

const email = 'ada@example.com';
const password = 'a pass phrase of some length';
const opened: TestCore[] = [];

const secret = (id: string): RootSecret => ({ id, secret: randomBytes(32).toString('base64url') });
const queueOf = (milliseconds: number) => createHashQueue({ ...hashQueueOptions(milliseconds, 2, 8, false), maxWaiting: 1000 });

async function coreWithAda(secrets: [RootSecret, ...RootSecret[]] = [secret('first')]): Promise<TestCore> {
  const testCore = await openTestCore(inject('databaseUrl'), { secrets });
  opened.push(testCore);
  await register(testCore.core, { email, password }, testCaller());
  const { token } = await testCore.lastMail('verify_email', email);
  await verifyEmail(testCore.core, { token, password }, testCaller());
  return testCore;
}

afterEach(async () => {
  for (const testCore of opened.splice(0)) await testCore.close();
});

const stored = async ({ core }: TestCore) => (await findUserByEmail(core.db, email))?.passwordHash ?? '';
const enter = ({ core }: TestCore, given = password) => login(core, { identifier: email, password: given }, testCaller());

test('after the cost was raised, a right password is hashed anew, and a wrong one changes nothing (R-PWD-07)', async () => {
  const testCore = await coreWithAda();
  const before = await stored(testCore);
  expect(before).toContain('$2b$04$');
  testCore.core.passwords = await createPasswordHasher(testCore.core.keys, 5, queueOf);
  await expect(enter(testCore, 'a wrong pass phrase')).rejects.toEqual(new Refusal('invalid_credentials'));
  expect(await stored(testCore)).toBe(before);
  expect(await enter(testCore)).toMatchObject({ status: 'authenticated' });
  const after = await stored(testCore);
  expect(after).toContain('$2b$05$');
  expect(await enter(testCore)).toMatchObject({ status: 'authenticated' });
  expect(await stored(testCore)).toBe(after);
});

test('after the secret was replaced, a right password is hashed under the new one (R-PWD-07)', async () => {
  const [first, second] = [secret('first'), secret('second')];
  const testCore = await coreWithAda([first]);
  const { host } = testCore.core;
  testCore.core.passwords = await createPasswordHasher(deriveKeys([second, first], host.random), 4, queueOf);
  expect(await enter(testCore)).toMatchObject({ status: 'authenticated' });
  expect(await stored(testCore)).toContain('$kid=second$');
  testCore.core.passwords = await createPasswordHasher(deriveKeys([second], host.random), 4, queueOf);
  expect(await enter(testCore)).toMatchObject({ status: 'authenticated' });
});

test('a new hash is no change of password: nothing is marked as changed, and nothing mailed (R-PWD-07)', async () => {
  const testCore = await coreWithAda();
  const changedAt = (await findUserByEmail(testCore.core.db, email))?.changedAt;
  testCore.clock.advance(60);
  testCore.core.passwords = await createPasswordHasher(testCore.core.keys, 5, queueOf);
  await enter(testCore);
  expect((await findUserByEmail(testCore.core.db, email))?.changedAt).toEqual(changedAt);
  expect((await testCore.mails()).map(({ kind }) => kind)).not.toContain('password_changed');
});

test.each([
  ['a full queue', new Refusal('overloaded')],
  ['a bug', new TypeError('out of entropy')],
])('%s that keeps it from being hashed anew does not keep its owner out (R-PWD-07)', async (_what, failure) => {
  const testCore = await coreWithAda();
  const before = await stored(testCore);
  const dearer = await createPasswordHasher(testCore.core.keys, 5, queueOf);
  testCore.core.passwords = { ...dearer, hash: () => Promise.reject(failure) };
  expect(await enter(testCore)).toMatchObject({ status: 'authenticated' });
  expect(await stored(testCore)).toBe(before);
});
