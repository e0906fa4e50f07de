import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { happened, mailed } from '../look-inside.ts';
import { resetTokenOf } from '../reset-token.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const newPassword = 'another pass phrase';
type Tokens = { accessToken: string; refreshToken: string };

const isIn = async (browser: TestBrowser) => (await browser.call('auth.session')).data !== null;

async function app(person: TestPerson): Promise<{ browser: TestBrowser; tokens: Tokens }> {
  const browser = router.browser({ credentials: 'token' });
  const { data } = await browser.call<{ tokens: Tokens }>('auth.login', { identifier: person.email, password: person.password });
  if (!data) throw new Error('the app could not log in');
  browser.bearer = data.tokens.accessToken;
  return { browser, tokens: data.tokens };
}

async function withOtherSessions() {
  const person = await signedInPerson(router);
  const elsewhere = router.browser();
  await elsewhere.call('auth.login', { identifier: person.email, password: person.password });
  const phone = await app(person);
  return { person, elsewhere, phone, othersAreIn: async () => [await isIn(elsewhere), await isIn(phone.browser)] };
}

describe('changing a password', () => {
  test('ends every other session with its tokens, keeps this one under a new secret, and is mailed (R-PWD-09)', async () => {
    const { person, phone, othersAreIn } = await withOtherSessions();
    const thief = router.browser();
    thief.cookies.set('session', person.browser.cookies.get('session') ?? '');
    expect(await othersAreIn()).toEqual([true, true]);

    await person.browser.call('password.change', { currentPassword: person.password, newPassword });
    expect(await othersAreIn()).toEqual([false, false]);
    expect(await phone.browser.refusalOf('auth.refresh', { refreshToken: phone.tokens.refreshToken })).toBe('not_authenticated');
    expect(await isIn(thief)).toBe(false);
    expect((await person.browser.call('auth.sessions.list')).data).toHaveLength(1);
    expect((await mailed(router, person.email)).filter((kind) => kind === 'password_changed')).toHaveLength(1);
    expect((await happened(router, person.userId)).filter(({ type }) => type === 'session.revoked')).toHaveLength(2);
  });

  test('by tokens gives new ones: those of before are dead (R-PWD-09)', async () => {
    const person = await signedInPerson(router);
    const phone = await app(person);
    const { data } = await phone.browser.call<{ tokens: Tokens }>('password.change', { currentPassword: person.password, newPassword });
    expect(await phone.browser.refusalOf('auth.refresh', { refreshToken: phone.tokens.refreshToken })).toBe('not_authenticated');
    const refreshed = await phone.browser.call<Tokens>('auth.refresh', { refreshToken: data?.tokens.refreshToken ?? '' });
    phone.browser.bearer = refreshed.data?.accessToken ?? '';
    expect([await isIn(phone.browser), await isIn(person.browser)]).toEqual([true, false]);
  });

  test('keeps the others where that was asked for, and is mailed all the same (R-PWD-09)', async () => {
    const { person, othersAreIn } = await withOtherSessions();
    await person.browser.call('password.change', { currentPassword: person.password, newPassword, keepOtherSessions: true });
    expect(await othersAreIn()).toEqual([true, true]);
    expect(await mailed(router, person.email)).toContain('password_changed');
  });

  test('that is refused ends nothing and mails nothing (R-PWD-09)', async () => {
    const { person, othersAreIn } = await withOtherSessions();
    expect(await person.browser.refusalOf('password.change', { currentPassword: person.password, newPassword: 'short' })).toBe(
      'weak_password',
    );
    expect(await person.browser.refusalOf('password.change', { currentPassword: 'wrong one', newPassword })).toBe('invalid_credentials');
    expect(await othersAreIn()).toEqual([true, true]);
    expect(await mailed(router, person.email)).not.toContain('password_changed');
  });
});

test('a reset ends every session, this browser’s too, and is mailed (R-PWD-09)', async () => {
  const { person, phone, othersAreIn } = await withOtherSessions();
  await person.browser.call('password.confirmReset', { token: await resetTokenOf(router, person.email), newPassword });
  expect([await isIn(person.browser), ...(await othersAreIn())]).toEqual([false, false, false]);
  expect(await phone.browser.refusalOf('auth.refresh', { refreshToken: phone.tokens.refreshToken })).toBe('not_authenticated');
  expect((await mailed(router, person.email)).filter((kind) => kind === 'password_changed')).toHaveLength(1);
});
