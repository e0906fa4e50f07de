import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { audited, happened, passLimits } from '../look-inside.ts';
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

type Tokens = { accessToken: string; refreshToken: string };

async function phoneOf(who: TestPerson): Promise<{ phone: TestBrowser; tokens: Tokens }> {
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: Tokens }>('auth.login', { identifier: who.email, password: who.password });
  if (!data) throw new Error('the login was refused');
  phone.bearer = data.tokens.accessToken;
  return { phone, tokens: data.tokens };
}

function copyOf(browser: TestBrowser): TestBrowser {
  const copy = router.browser();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  copy.bearer = browser.bearer;
  return copy;
}

test('logging out is counted for the account, by nobody else, and clears the browser also when it was too much (R-SES-06)', async () => {
  const strict = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
  const [owner, neighbour] = [await signedInPerson(strict), await signedInPerson(strict)];
  const copy = strict.browser();
  for (const [name, value] of owner.browser.cookies) copy.cookies.set(name, value);
  await Promise.all(Array.from({ length: 120 }, () => owner.browser.call('auth.sessions.list')));
  expect(await owner.browser.refusalOf('auth.logout')).toBe('too_many_attempts');
  expect(owner.browser.cookies.size).toBe(0);
  expect(await owner.browser.refusalOf('auth.logout')).toBeNull();
  expect(await neighbour.browser.refusalOf('auth.logout')).toBeNull();
  await passLimits(strict, 60);
  expect(await copy.refusalOf('auth.logout')).toBeNull();
  await strict.close();
});

test('logging out ends a cookie session: a copy of the cookie is dead (R-SES-06)', async () => {
  const copy = copyOf(person.browser);
  expect((await person.browser.call('auth.logout')).data).toEqual({ status: 'logged_out' });
  expect(person.browser.cookies.size).toBe(0);
  expect(await copy.refusalOf('auth.user')).toBe('not_authenticated');
  expect(await audited(router, person.userId)).toContain('authn_logout');
  expect((await happened(router, person.userId)).at(-1)).toMatchObject({ type: 'session.revoked', data: { reason: 'logged_out' } });
});

test('logging out ends the access and the refresh token of a token session at once (R-SES-06)', async () => {
  const { phone, tokens } = await phoneOf(person);
  const { data: refreshed } = await phone.call<Tokens>('auth.refresh', { refreshToken: tokens.refreshToken });
  await phone.call('auth.logout');
  expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
  for (const { accessToken, refreshToken } of [tokens, ...(refreshed ? [refreshed] : [])]) {
    expect((await phone.call('auth.verifyToken', { token: accessToken })).data).toEqual({ active: false });
    expect(await phone.refusalOf('auth.refresh', { refreshToken })).toBe('not_authenticated');
  }
});

test('logging out again, and with a cookie that has long been dead, succeeds and clears it (R-SES-06, R-SES-07)', async () => {
  const copy = copyOf(person.browser);
  await person.browser.call('auth.logout');
  for (const browser of [person.browser, copy, copy, router.browser()]) {
    expect((await browser.call('auth.logout')).data).toEqual({ status: 'logged_out' });
    expect(browser.cookies.size).toBe(0);
  }
});

test('logging out ends every session it was shown: cookie and bearer, also of two people (R-SES-06)', async () => {
  const other = await signedInPerson(router);
  for (const owner of [person, other]) {
    const { phone } = await phoneOf(owner);
    const both = copyOf(person.browser);
    both.bearer = phone.bearer;
    await both.call('auth.logout');
    expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
    expect(await person.browser.refusalOf('auth.user')).toBe('not_authenticated');
    await person.browser.call('auth.login', { identifier: person.email, password: person.password });
  }
  expect(await other.browser.refusalOf('auth.user')).toBeNull();
});

test('logging out leaves the person’s other sessions alone (R-SES-06)', async () => {
  const { phone } = await phoneOf(person);
  await person.browser.call('auth.logout');
  expect(await phone.refusalOf('auth.user')).toBeNull();
});
