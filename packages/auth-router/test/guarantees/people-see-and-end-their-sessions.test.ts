import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { audited, happened } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;
let phone: TestBrowser;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router, router.browser({ ip: '192.0.2.7', userAgent: 'A browser' }));
  router.clock.advance(60);
  phone = router.browser({ credentials: 'token', ip: '2001:db8::9', userAgent: 'A phone' });
  const { data } = await phone.call<{ tokens: { accessToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  phone.bearer = data?.tokens.accessToken ?? null;
});

type Session = { id: string; current: boolean; userAgent: string; ip: string; createdAt: Date; lastSeenAt: Date };

const listOf = async (browser: TestBrowser) => (await browser.call<Session[]>('auth.sessions.list')).data ?? [];
const idOf = async (browser: TestBrowser) => (await listOf(browser)).find(({ current }) => current)?.id ?? '';

test('cookie and token sessions are in one list, with where they came from and no secret (R-SES-08)', async () => {
  const sessions = await listOf(person.browser);
  expect(sessions).toMatchObject([
    { userAgent: 'A phone', ip: '2001:db8::9', current: false, methods: ['pwd'] },
    { userAgent: 'A browser', ip: '192.0.2.7', current: true },
  ]);
  expect(Object.keys(sessions[0] ?? {}).sort()).toEqual(
    ['authenticatedAt', 'createdAt', 'current', 'expiresAt', 'id', 'ip', 'lastSeenAt', 'methods', 'userAgent'].sort(),
  );
  expect((await listOf(phone)).map(({ current }) => current)).toEqual([true, false]);
});

test('a session says when it was last used, to five minutes (R-SES-08)', async () => {
  router.clock.advance(240);
  const ages = (await listOf(person.browser)).map(({ lastSeenAt }) => router.clock.now().getTime() - lastSeenAt.getTime());
  expect(ages).toEqual([0, 240_000]);
});

test('a person ends one of their sessions: it is over at once, recorded and told (R-SES-08)', async () => {
  const sessionId = await idOf(phone);
  expect((await person.browser.call('auth.sessions.revoke', { sessionId })).data).toEqual({ status: 'revoked' });
  expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
  expect(await listOf(person.browser)).toHaveLength(1);
  expect(await audited(router, person.userId)).toContain('session_revoke');
  expect((await happened(router, person.userId)).at(-1)).toEqual({ type: 'session.revoked', data: { sessionId, reason: 'revoked' } });
  expect(await person.browser.refusalOf('auth.sessions.revoke', { sessionId })).toBe('not_found');
});

test('a person ends all other sessions and keeps the one they are in (R-SES-08)', async () => {
  const third = router.browser();
  await third.call('auth.login', { identifier: person.email, password: person.password });
  expect((await phone.call('auth.sessions.revokeOthers')).data).toEqual({ status: 'revoked', count: 2 });
  for (const browser of [person.browser, third]) expect(await browser.refusalOf('auth.user')).toBe('not_authenticated');
  expect(await phone.refusalOf('auth.user')).toBeNull();
  expect((await phone.call('auth.sessions.revokeOthers')).data).toEqual({ status: 'revoked', count: 0 });
});

test('the session of somebody else looks like none, and nothing happens to it (R-SES-09)', async () => {
  const other = await signedInPerson(router);
  const sessionId = await idOf(other.browser);
  const foreign = await person.browser.call('auth.sessions.revoke', { sessionId });
  const missing = await person.browser.call('auth.sessions.revoke', { sessionId: randomUUID() });
  expect(foreign).toEqual(missing);
  expect(foreign.refusal?.reason).toBe('not_found');
  expect(await other.browser.refusalOf('auth.user')).toBeNull();
  expect(await audited(router, other.userId)).not.toContain('session_revoke');
  await person.browser.call('auth.sessions.revokeOthers');
  expect(await other.browser.refusalOf('auth.user')).toBeNull();
  expect((await listOf(person.browser)).map(({ id }) => id)).not.toContain(sessionId);
});

test('of parallel attempts to end one session one succeeds, and it is told once (R-SES-08)', async () => {
  const sessionId = await idOf(phone);
  const attempts = await Promise.all(Array.from({ length: 8 }, () => person.browser.refusalOf('auth.sessions.revoke', { sessionId })));
  expect(attempts.filter((reason) => reason === null)).toHaveLength(1);
  expect((await happened(router, person.userId)).filter(({ type }) => type === 'session.revoked')).toHaveLength(1);
});
