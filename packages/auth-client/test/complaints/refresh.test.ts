import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { type AuthClient, localStorageTokenStore, memoryTokenStore, type TokenStore } from '../../src/auth-client.ts';
import { parseRecord } from '../../src/tokens/token-record.ts';
import { type BrowserWorld, enterBrowserWorld } from '../browser-world.ts';
import { type RealServer, startRealServer } from '../real-server.ts';
import { logInSomebody, openTokenClient, passTime } from '../token-person.ts';

// What users of peers report about tokens that are renewed, each as its thread tells it.

let server: RealServer;
let world: BrowserWorld;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = enterBrowserWorld();
});
afterEach(() => {
  world.leave();
  vi.useRealTimers();
});

const pass = (seconds: number) => passTime(server, seconds);

const open = (tokenStore: TokenStore, fetch?: typeof globalThis.fetch) => openTokenClient(server, tokenStore, fetch);

const logIn = (client: AuthClient) => logInSomebody(server, client);

test('three tabs never use a token that was used already (supabase/auth#2136, supabase#8959, auth-js#213, auth-js#441)', async () => {
  const tabs = [1, 2, 3].map(() => open(localStorageTokenStore()));
  const email = await logIn(tabs[0] as AuthClient);
  for (let round = 0; round < 4; round += 1) {
    pass(290);
    const users = await Promise.all(tabs.flatMap((tab) => [tab.auth.user.query(), tab.auth.user.query()]));
    expect(new Set(users.map((user) => user.email))).toEqual(new Set([email]));
  }
  expect(server.callsOf('auth.refresh')).toBe(4);
});

test('a server that renders and the browser may renew the same pair at the same moment (supabase/ssr#68)', async () => {
  const browser = memoryTokenStore();
  const email = await logIn(open(browser));
  const copy = memoryTokenStore();
  copy.compareAndSet(null, (await browser.read()) ?? null);
  pass(290);
  const [rendered, shown] = await Promise.all([open(copy).auth.user.query(), open(browser).auth.user.query()]);
  expect([rendered.email, shown.email]).toEqual([email, email]);
  pass(60);
  expect((await open(browser).auth.user.query()).email).toBe(email);
});

test('within its ten seconds a token that was exchanged gives the same successor again, and afterwards it is an alarm (supabase/auth#1901)', async () => {
  const store = memoryTokenStore();
  const client = open(store);
  await logIn(client);
  const refreshToken = parseRecord((await store.read()) ?? null)?.refreshToken ?? '';
  const outside = open(memoryTokenStore());
  const first = await outside.auth.refresh.mutate({ refreshToken });
  pass(9);
  expect((await outside.auth.refresh.mutate({ refreshToken })).refreshToken).toBe(first.refreshToken);
  pass(2);
  await expect(outside.auth.refresh.mutate({ refreshToken })).rejects.toThrow('refresh_token_reused');
});

test('a renewal that fails keeps the session, and is not repeated without end (supabase-js#2145)', async () => {
  let asked = 0;
  let isBroken = true;
  const store = memoryTokenStore();
  const client = open(store, async (input, init) => {
    if (!String(input).includes('auth.refresh')) return fetch(input, init);
    asked += 1;
    return isBroken ? new Response('<h1>Bad gateway</h1>', { status: 502 }) : fetch(input, init);
  });
  const email = await logIn(client);
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() + 290_000 });
  server.clock.advance(290);
  // An hour in which a page calls once in five seconds.
  for (let call = 0; call < 720; call += 1) {
    const answer = client.auth.user.query().catch(() => null);
    await vi.advanceTimersByTimeAsync(5_000);
    server.clock.advance(5);
    void answer;
  }
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(1_000);
  expect(await store.read()).not.toBeNull();
  isBroken = false;
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
  expect((await client.auth.user.query()).email).toBe(email);
});

test('a new pair is kept before it is used (next-auth#7558)', async () => {
  const store = memoryTokenStore();
  const usedBeforeKept: string[] = [];
  const client = open(store, async (input, init) => {
    const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '');
    if (bearer && parseRecord((await store.read()) ?? null)?.accessToken !== bearer) usedBeforeKept.push(bearer);
    return fetch(input, init);
  });
  await logIn(client);
  for (let round = 0; round < 3; round += 1) {
    pass(290);
    await Promise.all([client.auth.user.query(), client.auth.updateUser.mutate({ firstName: 'Ada' })]);
  }
  expect(server.callsOf('auth.refresh')).toBe(3);
  expect(usedBeforeKept).toEqual([]);
});

test('what tabs tell each other makes none of them renew (next-auth#2071)', async () => {
  const tabs = [1, 2, 3, 4, 5].map(() => open(localStorageTokenStore()));
  await logIn(tabs[0] as AuthClient);
  pass(290);
  await tabs[0]?.auth.user.query();
  await tabs[0]?.auth.updateUser.mutate({ firstName: 'Ada' });
  await Promise.all(tabs.map((tab) => tab.auth.session.query()));
  expect(server.callsOf('auth.refresh')).toBe(1);
});

test('queries that start together when a tab is looked at renew once (workos/authkit-nextjs#28)', async () => {
  const client = open(localStorageTokenStore());
  await logIn(client);
  pass(3_600);
  await Promise.all([client.auth.user.query(), client.auth.session.query(), client.auth.sessions.list.query(), client.auth.user.query()]);
  expect(server.callsOf('auth.refresh')).toBe(1);
});

test.each([-86_400, -3_600, -120, 120, 3_600, 86_400])(
  'a clock that is wrong by %i seconds renews as often as a right one (supertokens-website#195)',
  async (skew) => {
    vi.setSystemTime(Date.now() + skew * 1000);
    const client = open(localStorageTokenStore());
    await logIn(client);
    for (let call = 0; call < 10; call += 1) await client.auth.user.query();
    expect(server.callsOf('auth.refresh')).toBe(0);
    pass(290);
    for (let call = 0; call < 10; call += 1) await client.auth.user.query();
    expect(server.callsOf('auth.refresh')).toBe(1);
  },
);

test('a clock that is set back while somebody is signed in costs one renewal (supertokens-website#195)', async () => {
  const client = open(localStorageTokenStore());
  await logIn(client);
  vi.setSystemTime(Date.now() - 86_400_000);
  for (let call = 0; call < 10; call += 1) await client.auth.user.query();
  expect(server.callsOf('auth.refresh')).toBe(1);
});

test('a 401 of somebody else, and an application’s own, renew nothing (supertokens-website#210)', async () => {
  const applications = { code: 'UNAUTHORIZED', httpStatus: 401, requestId: 'r', path: 'posts.list' };
  const answers = [
    () => new Response('<h1>401</h1>', { status: 401 }),
    () => Response.json({ message: 'Unauthorized' }, { status: 401 }),
    () => Response.json({ error: { json: { message: 'members only', code: -32001, data: applications } } }, { status: 401 }),
  ];
  for (const answer of answers) {
    let stands = false;
    const client = open(memoryTokenStore(), async (input, init) => (stands ? answer() : fetch(input, init)));
    await logIn(client);
    stands = true;
    for (let call = 0; call < 3; call += 1) await expect(client.auth.user.query()).rejects.toThrow();
    stands = false;
    expect(server.callsOf('auth.refresh')).toBe(0);
    await client.auth.user.query();
  }
});

test.each(['', '{"v":1}', 'eyJhbGciOi', '{"accessToken":1,"refreshToken":2,"receivedAt":3,"lifetime":4}'])(
  'what an earlier version left behind is nobody, and is no obstacle: %j (supertokens-website#175, better-auth#11119)',
  async (left) => {
    world.storage.set('latchkey', left);
    const client = open(localStorageTokenStore());
    expect(await client.auth.session.query()).toBeNull();
    const email = await logIn(client);
    expect((await client.auth.user.query()).email).toBe(email);
  },
);
