import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { startNewServer } from '../new-server.ts';
import { signedInPerson } from '../person.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(() => server.stop());

test('a logout takes the cookie back, empties the browser and is kept by no cache (R-SES-06)', async () => {
  const { browser } = await signedInPerson(server.url);
  const { status, headers } = await browser.call('auth.logout');
  expect(status).toBe(200);
  expect(headers.getSetCookie()).toContainEqual(expect.stringMatching(/^latchkey=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax$/));
  expect(headers.get('clear-site-data')).toBe('"cookies","storage","cache"');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('a cookie that was copied before is dead after it (R-SES-06)', async () => {
  const { browser } = await signedInPerson(server.url);
  const copy = openBrowser(server.url);
  copy.cookies.set('latchkey', browser.cookies.get('latchkey') ?? '');
  expect((await copy.query('auth.user')).status).toBe(200);
  await browser.call('auth.logout');
  expect(await copy.query('auth.user')).toMatchObject({ status: 401, error: { reason: 'not_authenticated' } });
});

test('a second logout, one with a dead cookie and one without any are as good as the first (R-SES-07)', async () => {
  const { browser } = await signedInPerson(server.url);
  const dead = browser.cookies.get('latchkey') ?? '';
  for (const cookie of [dead, dead, 'no cookie of ours', null]) {
    if (cookie !== null) browser.cookies.set('latchkey', cookie);
    const { status, data, headers } = await browser.call('auth.logout');
    expect({ status, data }).toEqual({ status: 200, data: { status: 'logged_out' } });
    expect(headers.getSetCookie().some((line) => line.startsWith('latchkey=; Max-Age=0'))).toBe(true);
  }
});

test('a logout ends the session also where somebody put a second session cookie beside it (R-SES-06)', async () => {
  const { browser } = await signedInPerson(server.url);
  const own = browser.cookies.get('latchkey') ?? '';
  const tossed = openBrowser(server.url);
  expect((await tossed.call('auth.logout', undefined, { cookie: `latchkey=tossed; latchkey=${own}` })).status).toBe(200);
  expect((await browser.query('auth.user')).status).toBe(401);
});

test('nothing but a POST of our own pages logs anybody out (R-SES-07)', async () => {
  const { browser } = await signedInPerson(server.url);
  expect((await browser.query('auth.logout')).status).toBe(405);
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.test' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
    { origin: 'null' },
  ];
  for (const headers of foreign) {
    expect(await browser.call('auth.logout', undefined, headers)).toMatchObject({ status: 403, error: { reason: 'origin_refused' } });
  }
  expect((await browser.call('auth.logout', undefined, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await browser.query('auth.user')).status).toBe(200);
});
