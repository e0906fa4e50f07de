import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Answer, openBrowser } from '../browser.ts';
import { startNewServer } from '../new-server.ts';
import { newPerson } from '../person.ts';
import type { TestServer } from '../start-server.ts';

type Tokens = { accessToken: string; accessTokenExpiresAt: Date; refreshToken: string; refreshTokenExpiresAt: Date };
type Entered = { status: string; tokens: Tokens | null; session: { id: string } };

const asToken = { 'x-latchkey-credentials': 'token' };
let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(() => server.stop());

/** Anything that opens a session: a JWT, or one of our secrets. */
const secret = /eyJ[\w-]+\.[\w-]+\.|lk[srd]_[\w-]{40}/;

test('a browser gets an HttpOnly cookie and no script sees a secret, whatever is called (R-TOK-12)', async () => {
  const { browser, email, username, password } = newPerson(server.url);
  const answers: Answer[] = [];
  const call = async (path: string, input?: unknown) => answers[answers.push(await browser.call(path, input)) - 1] as Answer<Entered>;
  await call('registration.register', { email, username, password });
  const verified = await call('registration.verifyEmail', { token: await browser.mailedToken('verify-email', email) });
  const login = await call('auth.login', { identifier: email, password });
  await call('auth.reauthenticate', { password });
  const changed = await call('password.change', { currentPassword: password, newPassword: 'another pass phrase' });
  for (const { data } of [verified, login, changed]) expect(data.tokens).toBeNull();
  answers.push(await browser.query('auth.session'), await browser.query('auth.user'), await browser.query('auth.sessions.list'));
  for (const { status, text } of answers) {
    expect(status).toBe(200);
    expect(text).not.toMatch(secret);
  }
  const set = answers.flatMap(({ headers }) => headers.getSetCookie()).filter((line) => secret.test(line));
  expect(set.length).toBeGreaterThanOrEqual(4);
  for (const line of set) expect(line).toMatch(/^latchkey(-device)?=lk[sd]_[\w-]{49}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
});

test('a client that asks for tokens gets them in the body and never a cookie (R-TOK-12)', async () => {
  const { email, password } = newPerson(server.url);
  const client = openBrowser(server.url, { headers: asToken });
  const answers: Answer[] = [];
  const call = async (path: string, input?: unknown, headers = {}) =>
    answers[answers.push(await client.call(path, input, headers)) - 1] as Answer<Entered>;
  await call('registration.register', { email, password });
  const verified = await call('registration.verifyEmail', { token: await client.mailedToken('verify-email', email), password });
  const login = await call('auth.login', { identifier: email, password });
  const bearer = { authorization: `Bearer ${login.data.tokens?.accessToken}` };
  await call('auth.reauthenticate', { password }, bearer);
  const changed = await call('password.change', { currentPassword: password, newPassword: 'another pass phrase' }, bearer);
  const refreshed = (await call('auth.refresh', { refreshToken: changed.data.tokens?.refreshToken })) as Answer<unknown> as Answer<Tokens>;
  for (const tokens of [verified.data.tokens, login.data.tokens, changed.data.tokens, refreshed.data]) {
    expect(tokens).toEqual({
      accessToken: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      accessTokenExpiresAt: expect.any(Date),
      refreshToken: expect.stringMatching(/^lkr_[\w-]{75}$/),
      refreshTokenExpiresAt: expect.any(Date),
    });
  }
  for (const { status, headers } of answers) {
    expect(status).toBe(200);
    expect(headers.getSetCookie()).toEqual([]);
  }
});

test('both kinds are in one list, and each ends the other (R-TOK-12)', async () => {
  const { browser, email, password } = newPerson(server.url);
  await browser.call('registration.register', { email, password });
  const verified = await browser.call<Entered>('registration.verifyEmail', { token: await browser.mailedToken('verify-email', email) });
  const client = openBrowser(server.url, { headers: asToken });
  const login = await client.call<Entered>('auth.login', { identifier: email, password });
  const bearer = { authorization: `Bearer ${login.data.tokens?.accessToken}` };
  const ids = [verified.data.session.id, login.data.session.id].sort();
  const listed = async (answer: Promise<Answer<{ id: string }[]>>) => (await answer).data.map(({ id }) => id).sort();
  expect(await listed(browser.query('auth.sessions.list'))).toEqual(ids);
  expect(await listed(client.query('auth.sessions.list', undefined, bearer))).toEqual(ids);
  await client.call('auth.sessions.revoke', { sessionId: verified.data.session.id }, bearer);
  expect((await browser.query('auth.user')).status).toBe(401);
  await browser.call('auth.login', { identifier: email, password });
  await browser.call('auth.sessions.revokeOthers');
  expect((await client.query('auth.user', undefined, bearer)).status).toBe(401);
});
