import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { audited, happened } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
});

type Current = { user: { id: string }; session: { id: string } } | null;

function logIn(browser: TestBrowser, who: TestPerson = person) {
  return browser.call<{ session: { id: string }; tokens: { accessToken: string } | null }>('auth.login', {
    identifier: who.email,
    password: who.password,
  });
}

async function whoHas(cookie: string | undefined): Promise<string | null> {
  const browser = router.browser();
  browser.cookies.set('session', cookie ?? '');
  return (await browser.call<Current>('auth.session')).data?.user.id ?? null;
}

test('a session that a stranger planted is not adopted by a login: it ends (R-SES-03)', async () => {
  const stranger = await signedInPerson(router);
  const planted = stranger.browser.cookies.get('session');
  const victim = router.browser();
  victim.cookies.set('session', planted ?? '');
  await logIn(victim);
  expect(victim.cookies.get('session')).not.toBe(planted);
  expect(await whoHas(victim.cookies.get('session'))).toBe(person.userId);
  expect(await whoHas(planted)).toBeNull();
});

test('a made-up session secret is replaced, never used (R-SES-03)', async () => {
  const made = `lks_${'A'.repeat(49)}`;
  const browser = router.browser();
  browser.cookies.set('session', made);
  await logIn(browser);
  expect(browser.cookies.get('session')).not.toBe(made);
  expect(await whoHas(made)).toBeNull();
});

test('logging in again ends the session before, and it is recorded and told (R-SES-03)', async () => {
  const before = person.browser.cookies.get('session');
  const session = (await person.browser.call<Current>('auth.session')).data?.session.id;
  const again = await logIn(person.browser);
  expect(await whoHas(before)).toBeNull();
  expect(again.data?.session.id).not.toBe(session);
  expect(await audited(router, person.userId)).toContain('session_revoke: reauthenticated');
  expect(await happened(router, person.userId)).toContainEqual({
    type: 'session.revoked',
    data: { sessionId: session, reason: 'reauthenticated' },
  });
});

test('a cookie session ends at a login although a bearer token came along (R-SES-03)', async () => {
  const phone = router.browser({ credentials: 'token' });
  const { data } = await logIn(phone);
  const before = person.browser.cookies.get('session');
  person.browser.bearer = data?.tokens?.accessToken ?? null;
  await logIn(person.browser);
  expect(await whoHas(before)).toBeNull();
});

test('a token login ends the token session that was presented, and no cookie session (R-SES-03)', async () => {
  const phone = router.browser({ credentials: 'token' });
  const first = await logIn(phone);
  phone.bearer = first.data?.tokens?.accessToken ?? null;
  phone.cookies.set('session', person.browser.cookies.get('session') ?? '');
  await logIn(phone);
  expect((await phone.call('auth.verifyToken', { token: phone.bearer })).data).toEqual({ active: false });
  expect(await whoHas(person.browser.cookies.get('session'))).toBe(person.userId);
});

test('a login that fails leaves the session that was presented alone (R-SES-03)', async () => {
  await person.browser.call('auth.login', { identifier: person.email, password: 'a wrong pass phrase' });
  expect(await whoHas(person.browser.cookies.get('session'))).toBe(person.userId);
});

test.each([
  ['auth.reauthenticate', () => ({ password: person.password })],
  ['password.change', () => ({ currentPassword: person.password, newPassword: 'quite another pass phrase' })],
])('%s gives the session a new secret, and the one before is dead (R-SES-03)', async (path, input) => {
  const before = person.browser.cookies.get('session');
  expect(await person.browser.refusalOf(path, input())).toBeNull();
  expect(await whoHas(before)).toBeNull();
  expect(await whoHas(person.browser.cookies.get('session'))).toBe(person.userId);
});
