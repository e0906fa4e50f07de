import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mailed, rows } from '../look-inside.ts';
import { resetTokenOf } from '../reset-token.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const newPassword = 'a first pass phrase';

/** Somebody who is signed in and has no password, as after a login by way of a provider. */
async function withoutPassword(hash = 'null') {
  const person = await signedInPerson(router);
  await rows(router, `update latchkey."user" set password_hash = ${hash} where id = '${person.userId}'`);
  return person;
}

const isIn = async (browser: TestBrowser) => (await browser.call('auth.session')).data !== null;

test('without a password no password is right, however the place of it is filled (R-PWD-17)', async () => {
  for (const hash of ['null', `''`, `'!'`, `'$ph1$kid=test$2b$04$'`]) {
    const { browser, email, password } = await withoutPassword(hash);
    for (const guess of [password, '!', 'null', '\0', '$ph1$kid=test$2b$04$']) {
      expect(await router.browser().refusalOf('auth.login', { identifier: email, password: guess })).toBe('invalid_credentials');
      expect(await browser.refusalOf('auth.reauthenticate', { password: guess })).toBe('invalid_credentials');
      expect(await browser.refusalOf('password.change', { currentPassword: guess, newPassword })).toBe('invalid_credentials');
    }
    for (const path of ['auth.login', 'auth.reauthenticate', 'password.change']) {
      expect(await browser.refusalOf(path, { identifier: email, password: '', currentPassword: '', newPassword })).toBe('invalid_input');
    }
  }
});

test('a fresh session sets the first one; that is mailed and ends the other sessions (R-PWD-17)', async () => {
  const { browser, email, userId } = await withoutPassword();
  expect((await browser.call('auth.user')).data).toMatchObject({ hasPassword: false });
  const before = browser.cookies.get('session');
  expect(await browser.refusalOf('password.set', { newPassword: 'short' })).toBe('weak_password');
  expect((await browser.call('password.set', { newPassword })).data).toEqual({ status: 'changed', tokens: null });
  expect(browser.cookies.get('session')).not.toBe(before);
  expect((await browser.call('auth.user')).data).toMatchObject({ id: userId, hasPassword: true });
  expect(await mailed(router, email)).toContain('password_changed');
  expect((await router.browser().call('auth.login', { identifier: email, password: newPassword })).data).toMatchObject({
    status: 'authenticated',
  });
});

test('a session that was proven too long ago sets none (R-PWD-17)', async () => {
  const { browser } = await withoutPassword();
  router.clock.advance(10 * 60);
  expect(await browser.refusalOf('password.set', { newPassword })).toBe('reauthentication_required');
  expect((await browser.call('auth.user')).data).toMatchObject({ hasPassword: false });
});

test('nobody sets one who is not signed in, and none takes the place of another (R-PWD-17)', async () => {
  expect(await router.browser().refusalOf('password.set', { newPassword })).toBe('not_authenticated');
  const { browser, email, password } = await signedInPerson(router);
  expect(await browser.refusalOf('password.set', { newPassword })).toBe('password_already_set');
  expect((await router.browser().call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
});

test('of parallel first passwords one is set (R-PWD-17)', async () => {
  const { email, password, userId } = await signedInPerson(router);
  const app = router.browser({ credentials: 'token' });
  const { data } = await app.call<{ tokens: { accessToken: string } }>('auth.login', { identifier: email, password });
  app.bearer = data?.tokens.accessToken ?? '';
  await rows(router, `update latchkey."user" set password_hash = null where id = '${userId}'`);
  const wishes = Array.from({ length: 8 }, (_, index) => app.refusalOf('password.set', { newPassword: `pass phrase of wish ${index}` }));
  expect((await Promise.all(wishes)).sort()).toEqual([null, ...Array.from({ length: 7 }, () => 'password_already_set')]);
});

test('the mailbox sets one (R-PWD-17)', async () => {
  const { browser, email } = await withoutPassword();
  const token = await resetTokenOf(router, email);
  expect((await router.browser().call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
  expect(await isIn(browser)).toBe(false);
  expect((await browser.call('auth.login', { identifier: email, password: newPassword })).data).toMatchObject({ status: 'authenticated' });
});
