import { defaultPolicy } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type Attempt, attempt, failedLogins, stranger } from '../login-attempts.ts';
import { audited, mailed, passLimits, rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(() => router.close());
beforeEach(async () => {
  await rows(router, 'truncate latchkey."limit"');
  person = await signedInPerson(router);
});

/** Brings strangers' failures in a row to one hundred, the last of which is a real one. */
async function lockOut(): Promise<void> {
  await failedLogins(router, person, 1);
  await rows(router, `update latchkey."limit" set points = 99 where key like 'login.row%'`);
  await failedLogins(router, person, 1);
}

test('after a hundred failures in a row the right password is not enough, and the owner is told once (R-SES-15)', async () => {
  await lockOut();
  for (const password of [person.password, 'a wrong pass phrase', person.password]) {
    const answer = await attempt(stranger(router), person.email, password);
    expect(answer).toEqual({ reason: 'too_many_attempts', retryAfterSeconds: 3600 });
  }
  expect((await mailed(router, person.email)).filter((kind) => kind === 'login_locked')).toHaveLength(1);
  expect(await audited(router, person.userId)).toContain('authn_login_fail_max: invalid_credentials');
  expect(defaultPolicy.loginDelay).toEqual({ freeFailures: 5, maxSeconds: 60, lockAfter: 100, rememberSeconds: 90 * 24 * 60 * 60 });
});

test('a browser that logged in before is not locked out by a stranger’s failures (R-SES-15)', async () => {
  await lockOut();
  expect(await attempt(person.browser, person.email, person.password)).toMatchObject({ reason: null });
});

test('such a browser has limits of its own, and its cookie helps with no other account (R-SES-15)', async () => {
  const other = await signedInPerson(router, stranger(router));
  await failedLogins(router, person, 5);
  await attempt(stranger(router), person.email);
  await passLimits(router, -60, 'login.wait');
  const thief = stranger(router);
  thief.cookies.set('device', other.browser.cookies.get('device') ?? '');
  expect(await attempt(thief, person.email)).toMatchObject({ reason: 'too_many_attempts' });
  for (let made = 0; made < 5; made += 1)
    expect(await attempt(person.browser, person.email)).toMatchObject({ reason: 'invalid_credentials' });
  await passLimits(router, -60, 'login.wait');
  expect(await attempt(person.browser, person.email, person.password)).toMatchObject({ reason: 'too_many_attempts' });
});

test('a device cookie of before a reset is a stranger’s again (R-SES-15)', async () => {
  await person.browser.call('password.requestReset', { email: person.email });
  const { token } = await router.lastMail('reset_password', person.email);
  const newPassword = 'a third pass phrase';
  await stranger(router).call('password.confirmReset', { token, newPassword });
  await lockOut();
  expect(await attempt(person.browser, person.email, newPassword)).toMatchObject({ reason: 'too_many_attempts' });
});

test('a reset opens a locked account, for a new browser too (R-SES-15)', async () => {
  await lockOut();
  await stranger(router).call('password.requestReset', { email: person.email });
  const { token } = await router.lastMail('reset_password', person.email);
  const newPassword = 'a third pass phrase';
  await stranger(router).call('password.confirmReset', { token, newPassword });
  expect(await attempt(stranger(router), person.email, newPassword)).toMatchObject({ reason: null });
});

test('an account that is not there is throttled and locked like one that is (R-SES-15)', async () => {
  const answersFor = async (identifier: string): Promise<unknown[]> => {
    await rows(router, 'truncate latchkey."limit"');
    const answers: Attempt[] = [];
    const guess = async () => answers.push(await attempt(stranger(router), identifier));
    for (let made = 0; made < 11; made += 1) {
      await guess();
      await passLimits(router, made % 2 ? 120 : -120, 'login.wait');
      await guess();
      await passLimits(router, 240, 'login.wait');
    }
    await passLimits(router, 3600, 'login.account');
    await passLimits(router, 3600, 'login.wait');
    await rows(router, `update latchkey."limit" set points = 99 where key like 'login.row%'`);
    for (let made = 0; made < 3; made += 1) {
      await guess();
      await passLimits(router, 3600, 'login.account');
      await passLimits(router, 3600, 'login.wait');
    }
    // Until the account is locked, the seconds of two runs differ by what they took.
    return [...answers.slice(0, -2).map(({ reason }) => reason), ...answers.slice(-2)];
  };
  const known = await answersFor(person.email);
  const locked = { reason: 'too_many_attempts', retryAfterSeconds: 3600 };
  expect(known.slice(-3)).toEqual(['invalid_credentials', locked, locked]);
  expect(known.slice(0, -3)).toContain('too_many_attempts');
  for (const identifier of [newDetails().email, newDetails().username, 'no body@']) expect(await answersFor(identifier)).toEqual(known);
});
