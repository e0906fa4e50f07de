import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const breached = 'a pass phrase that leaked';
const digest = createHash('sha1').update(breached).digest('hex').toUpperCase();
let router: TestRouter;
let asked: string[];

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  router.core.host.breachedPasswords = async (prefix) => {
    asked.push(prefix);
    return prefix === digest.slice(0, 5) ? `${digest.slice(5)}:4` : '';
  };
});
beforeEach(() => {
  asked = [];
});
afterAll(() => router.close());

test('a password known from a breach is refused wherever one is chosen, with the reason; a reset token stays good (R-PWD-06)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  const token = await resetTokenOf(router, email);
  const refusals = [
    (await browser.call('registration.register', { email: newDetails().email, password: breached })).refusal,
    (await browser.call('password.change', { currentPassword: password, newPassword: breached })).refusal,
    (await browser.call('password.confirmReset', { token, newPassword: breached })).refusal,
  ];
  expect(refusals.map((refusal) => [refusal?.reason, refusal?.fields[0]?.path, refusal?.fields[0]?.code])).toEqual([
    ['weak_password', 'password', 'breached'],
    ['weak_password', 'newPassword', 'breached'],
    ['weak_password', 'newPassword', 'breached'],
  ]);
  expect((await browser.call('password.confirmReset', { token, newPassword: 'another pass phrase' })).data).toEqual({ status: 'reset' });
});

test('nobody is asked at login or at a renewed proof: who has such a password still gets in (R-PWD-06)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  asked = [];
  expect((await browser.call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
  await browser.call('auth.reauthenticate', { password });
  expect(await browser.refusalOf('auth.login', { identifier: email, password: breached })).toBe('invalid_credentials');
  expect(asked).toEqual([]);
});

test('nobody is asked about a password that is refused anyway (R-PWD-06)', async () => {
  expect(await router.browser().refusalOf('registration.register', { email: newDetails().email, password: 'short' })).toBe('weak_password');
  expect(asked).toEqual([]);
});
