import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { audited, mailed, passLimits } from '../look-inside.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let limited: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(async () => {
  await router.close();
  await limited.close();
});

const newPassword = 'another pass phrase';
const wrong = 'a wrong pass phrase';

test('a password changes for who knows the present one, and for nobody else (R-PWD-08)', async () => {
  const { browser, email, password, userId } = await signedInPerson(router);
  expect(await browser.refusalOf('password.change', { currentPassword: wrong, newPassword })).toBe('invalid_credentials');
  expect(await router.browser().refusalOf('password.change', { currentPassword: password, newPassword })).toBe('not_authenticated');
  expect((await router.browser().call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
  expect(await audited(router, userId)).toContain('authn_password_change_fail: invalid_credentials');

  expect((await browser.call('password.change', { currentPassword: password, newPassword })).data).toEqual({
    status: 'changed',
    tokens: null,
  });
  expect(await browser.refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
  expect((await browser.call('auth.login', { identifier: email, password: newPassword })).data).toMatchObject({ status: 'authenticated' });
});

test('a session that was proven a moment ago is not enough (R-PWD-08)', async () => {
  const { browser, password } = await signedInPerson(router);
  await browser.call('auth.reauthenticate', { password });
  expect(await browser.refusalOf('password.change', { currentPassword: wrong, newPassword })).toBe('invalid_credentials');
});

test('a session that was proven long ago is enough, with the password (R-PWD-08)', async () => {
  const { browser, password } = await signedInPerson(router);
  router.clock.advance(60 * 60);
  expect((await browser.call('password.change', { currentPassword: password, newPassword })).data).toMatchObject({ status: 'changed' });
});

test('of parallel changes that know the same password one is made (R-PWD-08)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  const wishes = Array.from({ length: 8 }, (_, index) => `pass phrase of wish ${index}`);
  const results = await Promise.all(
    wishes.map((wish) => browser.call('password.change', { currentPassword: password, newPassword: wish })),
  );
  expect(results.filter(({ refusal }) => refusal === null)).toHaveLength(1);
  const logins = await Promise.all(wishes.map((wish) => router.browser().call('auth.login', { identifier: email, password: wish })));
  expect(logins.map(({ data }) => data?.['status'] === 'authenticated')).toEqual(results.map(({ refusal }) => refusal === null));
  expect((await mailed(router, email)).filter((kind) => kind === 'password_changed')).toHaveLength(1);
});

test('a user tries five wrong ones in a quarter of an hour, over all sessions and addresses (R-PWD-08)', async () => {
  const { browser, email, password } = await signedInPerson(limited);
  const second = limited.browser({ ip: '198.51.100.7' });
  await second.call('auth.login', { identifier: email, password });
  const tries = [browser, second, browser, second, browser];
  for (const each of tries) {
    expect(await each.refusalOf('password.change', { currentPassword: wrong, newPassword })).toBe('invalid_credentials');
  }
  const { refusal } = await second.call('password.change', { currentPassword: password, newPassword });
  expect(refusal).toMatchObject({ reason: 'too_many_attempts', retryAfterSeconds: expect.any(Number) });
  expect(await browser.refusalOf('auth.reauthenticate', { password })).toBe('too_many_attempts');

  const other = await signedInPerson(limited);
  expect((await other.browser.call('password.change', { currentPassword: other.password, newPassword })).data).toMatchObject({
    status: 'changed',
  });

  await passLimits(limited, 15 * 60 + 1);
  expect((await browser.call('password.change', { currentPassword: password, newPassword })).data).toMatchObject({ status: 'changed' });
});
