import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;
let phone: TestBrowser;
let tokens: { accessToken: string; accessTokenExpiresAt: Date };
let sessionId: string;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
  phone = router.browser({ credentials: 'token' });
  const credentials = { identifier: person.email, password: person.password };
  const { data } = await phone.call<{ tokens: typeof tokens; session: { id: string } }>('auth.login', credentials);
  if (!data) throw new Error('the login was refused');
  tokens = data.tokens;
  sessionId = data.session.id;
  phone.bearer = tokens.accessToken;
});

const status = async () => (await router.browser().call('auth.verifyToken', { token: tokens.accessToken })).data;

test('an access token is good for five minutes, and half a minute of clocks that differ (R-TOK-05)', async () => {
  const issuedAt = Math.floor(router.clock.now().getTime() / 1000) * 1000;
  expect(tokens.accessTokenExpiresAt).toEqual(new Date(issuedAt + 300_000));
  expect(await status()).toEqual({ active: true, userId: person.userId, sessionId, expiresAt: tokens.accessTokenExpiresAt });
  router.clock.advance(329);
  expect(await phone.refusalOf('auth.user')).toBeNull();
  router.clock.advance(1);
  expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
  expect(await status()).toEqual({ active: false });
});

test.each<[string, () => Promise<unknown>]>([
  ['revoked', () => person.browser.call('auth.sessions.revoke', { sessionId })],
  ['revoked with all others', () => person.browser.call('auth.sessions.revokeOthers')],
  ['ended by its owner', () => phone.call('auth.logout')],
  [
    'ended by a password change',
    () => person.browser.call('password.change', { currentPassword: person.password, newPassword: 'another pass phrase' }),
  ],
  ['gone with its account', () => person.browser.call('auth.deleteUser')],
])('an access token whose session was %s is refused at once (R-TOK-05)', async (_, end) => {
  expect(await phone.refusalOf('auth.user')).toBeNull();
  await end();
  expect(await phone.refusalOf('auth.user')).toBe('not_authenticated');
  expect((await phone.call('auth.session')).data).toBeNull();
  expect(await status()).toEqual({ active: false });
});

test('asking about a token is not using its session (R-TOK-05)', async () => {
  router.clock.advance(320);
  expect(await status()).toMatchObject({ active: true });
  const { data } = await person.browser.call<{ id: string; lastSeenAt: Date }[]>('auth.sessions.list');
  expect(data?.find(({ id }) => id === sessionId)?.lastSeenAt).toEqual(new Date(router.clock.now().getTime() - 320_000));
});
