import './document.ts';
import { createAuthClient } from '@latchkey/auth-client';
import { createServerAuth } from '@latchkey/auth-client/server';
import { createServiceAccount, revokeServiceAccount } from '@latchkey/user-core';
import { StrictMode } from 'react';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { browserFetch } from './browser-fetch.ts';
import { createCustomers } from './guide/billing.ts';
import { createHandlers } from './guide/handler.ts';
import { logIn } from './guide/log-in.ts';
import { App } from './guide/page.tsx';
import { openApp } from './guide/phone.ts';
import { openPage } from './react-page.tsx';
import { type RealServer, startRealServer } from './real-server.ts';

// What docs/client.md shows, run.

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());

const connect = (fetch = globalThis.fetch) =>
  createServerAuth({ url: server.url, issuer: server.core.host.issuer, now: () => server.clock.now().getTime(), fetch });

test('a login is told in words, whatever comes of it', async () => {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, fetch: browserFetch(server.url) });
  expect(await logIn(client, email, 'wrong')).toBe('That is not right.');
  expect(await logIn(client, '', '')).toMatch(/^identifier: .* password: /);
  expect(await logIn(client, email, password)).toBeNull();
  const away = createAuthClient({ url: server.url, fetch: () => Promise.reject(new TypeError('fetch failed')) });
  expect(await logIn(away, email, password)).toBe('There was no answer. Try again.');
});

test('a phone keeps who is signed in over a restart', async () => {
  const { email, password } = await server.newPerson();
  const items = new Map<string, string>();
  const keychain = {
    getItemAsync: async (key: string) => items.get(key) ?? null,
    setItemAsync: async (key: string, value: string) => void items.set(key, value),
    deleteItemAsync: async (key: string) => void items.delete(key),
  };
  expect(await logIn(openApp(server.url, keychain), email, password)).toBeNull();
  const restarted = openApp(server.url, keychain);
  expect((await restarted.auth.session.query())?.user.email).toBe(email);
  await restarted.auth.logout.mutate();
  expect(items.size).toBe(0);
});

test('two tabs follow each other, strictly rendered and rendered by a server', async () => {
  const { email, password } = await server.newPerson();
  const fetch = browserFetch(server.url);
  const [one, other] = [createAuthClient({ url: server.url, fetch }), createAuthClient({ url: server.url, fetch })];
  const first = openPage(<App client={one} />, StrictMode);
  await first.shows('Log in');
  await one.auth.login.mutate({ identifier: email, password });
  await first.shows(`${email} is here, 2 times.`);
  const second = openPage(<App client={other} initialSession={await one.auth.session.query()} />, StrictMode);
  await second.shows(`${email} is here, 2 times.`);
  second.click('button');
  await first.shows('Log in');
  await second.shows('Log in');
  expect(first.text() + second.text()).not.toContain(email);
  first.close();
  second.close();
});

test('a handler knows who asks, by cookie or by token, acts for them and hands on what the browser is to keep', async () => {
  const { email, password } = await server.newPerson();
  const browser = browserFetch(server.url);
  const page = createAuthClient({ url: server.url, fetch: browser });
  const outcome = await page.auth.login.mutate({ identifier: email, password });
  const userId = outcome.status === 'authenticated' ? outcome.user.id : '';
  const { GET, POST } = createHandlers(connect());
  const cookieOf = () => [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const request = (init: RequestInit = {}) =>
    new Request('http://app.test/api', { ...init, headers: { cookie: cookieOf(), origin: server.url, 'sec-fetch-site': 'same-origin' } });

  expect(await (await GET(request())).json()).toEqual({ userId });
  expect((await GET(new Request('http://app.test/api'))).status).toBe(401);
  const away = createHandlers(connect(() => Promise.reject(new TypeError('fetch failed'))));
  expect((await away.GET(request())).status).toBe(503);

  const change = (currentPassword: string) =>
    POST(request({ method: 'POST', body: JSON.stringify({ currentPassword, newPassword: 'another pass phrase' }) }));
  const refused = await change('wrong');
  expect([refused.status, await refused.json()]).toEqual([401, { reason: 'invalid_credentials' }]);
  const changed = await change(password);
  const [cookie = ''] = changed.headers.getSetCookie();
  expect((await GET(request())).status).toBe(401);
  expect(await (await GET(new Request('http://app.test/api', { headers: { cookie: cookie.split(';')[0] ?? '' } }))).json()).toEqual({
    userId,
  });
});

test('another server calls in its own name, until its account is revoked', async () => {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, credentials: 'token' });
  const outcome = await client.auth.login.mutate({ identifier: email, password });
  const userId = outcome.status === 'authenticated' ? outcome.user.id : '';
  const { key } = await createServiceAccount(server.core, { name: 'guide', scopes: ['users:read', 'sessions:revoke'] });
  const customers = createCustomers(connect(), key);
  expect(await customers.byId([userId])).toMatchObject([{ email }]);
  expect(await customers.lockOut(userId)).toMatchObject({ count: 2 });
  expect(await client.auth.session.query()).toBeNull();
  await revokeServiceAccount(server.core, { name: 'guide' });
  await expect(customers.byId([userId])).rejects.toThrow('not_authenticated');
});
