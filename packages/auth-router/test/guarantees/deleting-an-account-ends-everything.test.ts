import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { happened, rows } from '../look-inside.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

type Tokens = { accessToken: string; refreshToken: string };

test('deleting an account ends its cookies, access and refresh tokens everywhere, at once (R-SES-11)', async () => {
  const person = await signedInPerson(router);
  const credentials = { identifier: person.email, password: person.password };
  const laptop = router.browser();
  await laptop.call('auth.login', credentials);
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: Tokens }>('auth.login', credentials);
  phone.bearer = data?.tokens.accessToken ?? null;
  const copy = person.browser.cookies.get('session') ?? '';

  expect((await person.browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });

  expect(person.browser.cookies.size).toBe(0);
  person.browser.cookies.set('session', copy);
  for (const browser of [person.browser, laptop, phone]) {
    expect(await browser.refusalOf('auth.user')).toBe('not_authenticated');
    expect((await browser.call('auth.session')).data).toBeNull();
  }
  expect((await phone.call('auth.verifyToken', { token: data?.tokens.accessToken })).data).toEqual({ active: false });
  expect(await phone.refusalOf('auth.refresh', { refreshToken: data?.tokens.refreshToken })).toBe('not_authenticated');
  expect(await laptop.refusalOf('auth.login', credentials)).toBe('invalid_credentials');
  expect(await rows(router, `select from latchkey.session where user_id = '${person.userId}'`)).toEqual([]);
  const types = (await happened(router, person.userId)).map(({ type }) => type);
  expect(types.slice(-4)).toEqual(['session.revoked', 'session.revoked', 'session.revoked', 'user.deleted']);
});

test('a login that was under way when the account was deleted opens no session (R-SES-11)', async () => {
  const person = await signedInPerson(router);
  const { findRight } = router.core.passwords;
  router.core.passwords.findRight = async (...given) => {
    const right = await findRight(...given);
    router.core.passwords.findRight = findRight;
    await person.browser.call('auth.deleteUser');
    return right;
  };
  const late = router.browser();
  expect(await late.refusalOf('auth.login', { identifier: person.email, password: person.password })).toBe('invalid_credentials');
  expect(late.cookies.size).toBe(0);
});
