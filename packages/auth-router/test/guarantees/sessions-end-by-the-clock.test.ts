import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

const day = 24 * 60 * 60;
let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
});

type Tokens = { accessToken: string; accessTokenExpiresAt: Date; refreshToken: string; refreshTokenExpiresAt: Date };

async function tokensOf(browser: TestBrowser): Promise<Tokens> {
  const { data } = await browser.call<{ tokens: Tokens }>('auth.login', { identifier: person.email, password: person.password });
  if (!data) throw new Error('the login was refused');
  return data.tokens;
}

async function refreshed(browser: TestBrowser, { refreshToken }: Tokens): Promise<Tokens> {
  const { data, refusal } = await browser.call<Tokens>('auth.refresh', { refreshToken });
  if (!data) throw refusal;
  return data;
}

const secondsFromNow = (at: Date | undefined) => ((at?.getTime() ?? 0) - router.clock.now().getTime()) / 1000;
const expiresIn = async () =>
  secondsFromNow((await person.browser.call<{ session: { expiresAt: Date } }>('auth.session')).data?.session.expiresAt);

test('a session that is not used ends after 14 days, to the second (R-SES-05)', async () => {
  const other = router.browser();
  await other.call('auth.login', { identifier: person.email, password: person.password });
  router.clock.advance(14 * day - 1);
  expect(await person.browser.refusalOf('auth.user')).toBeNull();
  router.clock.advance(1);
  expect((await other.call('auth.session')).data).toBeNull();
  expect(await other.refusalOf('auth.user')).toBe('not_authenticated');
});

test('use moves the idle end, and never the absolute one (R-SES-05)', async () => {
  for (let passed = 10; passed <= 20; passed += 10) {
    router.clock.advance(10 * day);
    expect(await expiresIn()).toBe(Math.min(14, 30 - passed) * day);
  }
  expect(await rows(router, 'select from latchkey.session where idle_expires_at > expires_at')).toEqual([]);
  router.clock.advance(10 * day - 1);
  expect(await expiresIn()).toBe(1);
  router.clock.advance(1);
  expect(await person.browser.refusalOf('auth.user')).toBe('not_authenticated');
});

test('each of the two ends holds by itself, whatever the other says (R-SES-05)', async () => {
  await person.browser.call('auth.user');
  router.clock.advance(20 * day - 1);
  await rows(
    router,
    `update latchkey.session set idle_expires_at = expires_at + interval '1 year', last_seen_at = now() + interval '1 year'`,
  );
  router.clock.advance(10 * day);
  expect(await person.browser.refusalOf('auth.user')).toBeNull();
  router.clock.advance(1);
  expect(await person.browser.refusalOf('auth.user')).toBe('not_authenticated');
});

test('an expired session is in nobody’s list and cannot be ended again (R-SES-05)', async () => {
  const { data } = await person.browser.call<{ session: { id: string } }>('auth.session');
  router.clock.advance(15 * day);
  const browser = router.browser();
  await tokensOf(browser);
  await browser.call('auth.login', { identifier: person.email, password: person.password });
  expect((await browser.call<{ id: string }[]>('auth.sessions.list')).data?.map(({ id }) => id)).not.toContain(data?.session.id);
  expect(await browser.refusalOf('auth.sessions.revoke', { sessionId: data?.session.id })).toBe('not_found');
});

test('refreshing moves the idle end of a token session, and never the absolute one (R-TOK-11)', async () => {
  const phone = router.browser({ credentials: 'token' });
  let tokens = await tokensOf(phone);
  expect(secondsFromNow(tokens.refreshTokenExpiresAt)).toBe(14 * day);
  for (let passed = 10; passed <= 20; passed += 10) {
    router.clock.advance(10 * day);
    tokens = await refreshed(phone, tokens);
    expect(secondsFromNow(tokens.refreshTokenExpiresAt)).toBe(Math.min(14, 30 - passed) * day);
  }
  router.clock.advance(10 * day - 60);
  tokens = await refreshed(phone, tokens);
  expect(secondsFromNow(tokens.refreshTokenExpiresAt)).toBe(60);
  expect(secondsFromNow(tokens.accessTokenExpiresAt)).toBeLessThanOrEqual(60);
  router.clock.advance(60);
  expect(await phone.refusalOf('auth.refresh', { refreshToken: tokens.refreshToken })).toBe('not_authenticated');
  phone.bearer = tokens.accessToken;
  expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
});

test('a refresh token that is not used ends after 14 days, to the second (R-TOK-11)', async () => {
  const phone = router.browser({ credentials: 'token' });
  const tokens = await tokensOf(phone);
  router.clock.advance(14 * day - 1);
  const next = await refreshed(phone, tokens);
  router.clock.advance(14 * day);
  expect(await phone.refusalOf('auth.refresh', { refreshToken: next.refreshToken })).toBe('not_authenticated');
});
