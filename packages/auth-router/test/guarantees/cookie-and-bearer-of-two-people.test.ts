import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let one: TestPerson;
let bearerOfAnother: string;
let bearerOfOne: string;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  one = await signedInPerson(router);
  bearerOfOne = await bearerOf(one);
  bearerOfAnother = await bearerOf(await signedInPerson(router));
});

async function bearerOf(person: TestPerson): Promise<string> {
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: { accessToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  return data?.tokens.accessToken ?? '';
}

function withBearer(bearer: string): TestBrowser {
  one.browser.bearer = bearer;
  return one.browser;
}

const signedInCalls: [string, unknown][] = [
  ['auth.user', undefined],
  ['auth.updateUser', { firstName: 'Mallory' }],
  ['auth.deleteUser', undefined],
  ['auth.reauthenticate', { password: 'a pass phrase' }],
  ['auth.sessions.list', undefined],
  ['auth.sessions.revoke', { sessionId: '00000000-0000-4000-8000-000000000000' }],
  ['auth.sessions.revokeOthers', undefined],
  ['registration.requestEmailChange', { email: 'another@example.com' }],
  ['registration.confirmEmailChange', { token: 'lkc_' }],
  ['password.change', { currentPassword: 'a pass phrase', newPassword: 'another pass phrase' }],
  ['password.set', { newPassword: 'another pass phrase' }],
];

test.each(signedInCalls)('%s refuses a cookie and a bearer token that name different people (R-SES-16)', async (path, input) => {
  expect(await withBearer(bearerOfAnother).refusalOf(path, input)).toBe('not_authenticated');
});

test('public procedures take them for nobody, and go on (R-SES-16)', async () => {
  const browser = withBearer(bearerOfAnother);
  expect((await browser.call('auth.session')).data).toBeNull();
  expect((await browser.call('auth.verifyToken', { token: bearerOfAnother })).data).toMatchObject({ active: true });
  expect((await browser.call('password.requestReset', { email: one.email })).data).toEqual({ status: 'accepted' });
  const { email, password } = newDetails();
  expect((await browser.call('registration.register', { email, password })).data).toEqual({ status: 'email_verification_required', email });
  expect((await browser.call('auth.login', { identifier: one.email, password: one.password })).data).toMatchObject({
    status: 'authenticated',
    user: { id: one.userId },
  });
});

test('a cookie and a bearer token of one person are that person (R-SES-16)', async () => {
  expect((await withBearer(bearerOfOne).call('auth.user')).data).toMatchObject({ id: one.userId });
});

test.each([
  ['one that expired', (token: string) => token, 600],
  ['one that was altered', (token: string) => `${token.slice(0, -4)}AAAA`, 0],
  ['an empty one', () => '', 0],
])('a bearer token that is none counts as none beside a good cookie: %s (R-SES-16)', async (_, change, seconds) => {
  router.clock.advance(seconds);
  const browser = withBearer(change(bearerOfAnother));
  expect((await browser.call('auth.user')).data).toMatchObject({ id: one.userId });
});

test('a dead cookie counts as none beside a good bearer token (R-SES-16)', async () => {
  const browser = router.browser();
  browser.cookies.set('session', one.browser.cookies.get('session') ?? '');
  await one.browser.call('auth.logout');
  browser.bearer = bearerOfAnother;
  expect(await browser.refusalOf('auth.user')).toBeNull();
});
