import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const tenMinutes = 600;
let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
});

/** What needs a fresh proof, what it is called with, and what it answers somebody who has one. */
const sensitive = [
  { path: 'registration.requestEmailChange', input: { email: 'another@example.com' }, answers: { status: 'accepted' } },
  { path: 'password.set', input: { newPassword: 'a first pass phrase' }, answers: { status: 'changed' } },
  { path: 'auth.deleteUser', input: undefined, answers: { status: 'deleted' } },
];

test.each(sensitive)('$path is refused ten minutes after the last proof, and nothing happens (R-SES-10)', async ({ path, input }) => {
  await rows(router, `update latchkey."user" set password_hash = null where id = '${person.userId}'`);
  router.clock.advance(tenMinutes);
  expect(await person.browser.refusalOf(path, input)).toBe('reauthentication_required');
  expect((await person.browser.call('auth.user')).data).toMatchObject({ email: person.email, hasPassword: false });
});

test.each(sensitive)('$path works until ten minutes after a login (R-SES-10)', async ({ path, input, answers }) => {
  await rows(router, `update latchkey."user" set password_hash = null where id = '${person.userId}'`);
  router.clock.advance(tenMinutes - 1);
  expect((await person.browser.call(path, input)).data).toMatchObject(answers);
});

test('being active is no proof: only a factor is (R-SES-10)', async () => {
  for (let minutes = 0; minutes < 12; minutes += 1) {
    router.clock.advance(60);
    expect(await person.browser.refusalOf('auth.user')).toBeNull();
  }
  expect(await person.browser.refusalOf('auth.deleteUser')).toBe('reauthentication_required');
});

test('refreshing tokens is no proof (R-SES-10)', async () => {
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: { refreshToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  router.clock.advance(tenMinutes);
  const refreshed = await phone.call<{ accessToken: string }>('auth.refresh', { refreshToken: data?.tokens.refreshToken });
  phone.bearer = refreshed.data?.accessToken ?? null;
  expect(await phone.refusalOf('auth.deleteUser')).toBe('reauthentication_required');
});

test('the password makes this session fresh again, and no other (R-SES-10)', async () => {
  const other = router.browser();
  await other.call('auth.login', { identifier: person.email, password: person.password });
  router.clock.advance(tenMinutes);
  expect(await person.browser.refusalOf('auth.reauthenticate', { password: 'a wrong pass phrase' })).toBe('invalid_credentials');
  expect(await person.browser.refusalOf('auth.deleteUser')).toBe('reauthentication_required');
  const { data } = await person.browser.call('auth.reauthenticate', { password: person.password });
  expect(data).toEqual({ status: 'reauthenticated', freshUntil: new Date(router.clock.now().getTime() + tenMinutes * 1000) });
  expect(await other.refusalOf('auth.deleteUser')).toBe('reauthentication_required');
  expect((await person.browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
});

test('a token session becomes fresh by the password, and its tokens stay good (R-SES-10)', async () => {
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: { accessToken: string; refreshToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  router.clock.advance(tenMinutes);
  const { data: next } = await phone.call<{ accessToken: string; refreshToken: string }>(
    'auth.refresh',
    data?.tokens && { refreshToken: data.tokens.refreshToken },
  );
  phone.bearer = next?.accessToken ?? null;
  await phone.call('auth.reauthenticate', { password: person.password });
  expect(phone.cookies.size).toBe(0);
  expect((await phone.call('registration.requestEmailChange', { email: 'another@example.com' })).data).toEqual({ status: 'accepted' });
  expect(await phone.refusalOf('auth.refresh', { refreshToken: next?.refreshToken })).toBeNull();
});
