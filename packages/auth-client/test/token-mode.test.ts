import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import {
  type AuthChange,
  type AuthClient,
  accessTokenOf,
  createAuthClient,
  memoryTokenStore,
  onAuthChange,
  refusalOf,
  type TokenStore,
} from '../src/auth-client.ts';
import { parseRecord } from '../src/tokens/token-record.ts';
import { type RealServer, startRealServer } from './real-server.ts';

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Time passes for everybody. */
function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
  server.clock.advance(seconds);
}

type Here = {
  client: AuthClient;
  store: TokenStore;
  email: string;
  password: string;
  sent: { path: string; headers: Headers; init: RequestInit }[];
  changes: AuthChange[];
};

/** Somebody who is signed in, and all that their client sends. `answer` may stand in for the server. */
async function somebody(answer?: (path: string) => Response | Promise<Response> | undefined): Promise<Here> {
  const { email, password } = await server.newPerson();
  const store = memoryTokenStore();
  const here: Here = { store, email, password, sent: [], changes: [], client: undefined as never };
  here.client = createAuthClient({
    url: server.url,
    credentials: 'token',
    tokenStore: store,
    fetch: async (input, init = {}) => {
      const path = new URL(String(input)).pathname.replace('/trpc/', '');
      here.sent.push({ path, headers: new Headers(init.headers), init });
      return (await answer?.(path)) ?? fetch(input, init);
    },
  });
  await here.client.auth.login.mutate({ identifier: email, password });
  here.sent.length = 0;
  server.requests.length = 0;
  onAuthChange(here.client, (change) => here.changes.push(change));
  return here;
}

const kept = async ({ store }: Here) => parseRecord(await store.read());
const failing = (error: unknown) => error;

/** What the server says to a call that it does not believe. */
function refused(reason: string, httpStatus: number): Response {
  const data = { code: 'UNAUTHORIZED', httpStatus, reason, requestId: 'r' };
  return Response.json({ error: { json: { message: reason, code: -32001, data } } }, { status: httpStatus });
}

describe('tokens', () => {
  test('are asked for by the calls that give them, kept before their answer is there, and sent with every call', async () => {
    const { email, password } = await server.newPerson();
    const store = memoryTokenStore();
    const asked: (string | null)[] = [];
    const client = createAuthClient({
      url: server.url,
      credentials: 'token',
      tokenStore: store,
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        asked.push(headers.get('x-latchkey-credentials'));
        expect(init?.credentials).toBe('omit');
        return fetch(input, init);
      },
    });
    const outcome = await client.auth.login.mutate({ identifier: email, password });
    const tokens = outcome.status === 'authenticated' ? outcome.tokens : null;
    expect(parseRecord((await store.read()) ?? null)).toMatchObject({
      accessToken: tokens?.accessToken,
      refreshToken: tokens?.refreshToken,
    });
    expect(await client.auth.user.query()).toMatchObject({ email });
    await client.auth.updateUser.mutate({ firstName: 'Ada' });
    expect(asked).toEqual(['token', null, null]);
  });

  test('of a changed password take the place of the withdrawn ones', async () => {
    const here = await somebody();
    const before = await kept(here);
    await here.client.password.change.mutate({ currentPassword: here.password, newPassword: 'another pass phrase' });
    expect((await kept(here))?.refreshToken).not.toBe(before?.refreshToken);
    pass(6 * 60);
    expect(await here.client.auth.user.query()).toMatchObject({ email: here.email });
    expect(server.callsOf('auth.refresh')).toBe(1);
  });

  test('of a changed password are not lost to another tab that renews at the same moment', async () => {
    let answer = (): void => {};
    let arrived = (): void => {};
    const isWithdrawn = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const here = await somebody();
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = createAuthClient({
      url: server.url,
      credentials: 'token',
      tokenStore: here.store,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        arrived();
        await mayAnswer;
        return response;
      },
    });
    pass(3.9 * 60);
    const changed = slow.password.change.mutate({ currentPassword: here.password, newPassword: 'another pass phrase' });
    await isWithdrawn;
    pass(7);
    const reading = vi.spyOn(here.store, 'read');
    const meanwhile = here.client.auth.user.query();
    // The other tab has looked several times whether it may; or it did not wait.
    await Promise.race([meanwhile.catch(failing), vi.waitFor(() => expect(reading.mock.calls.length).toBeGreaterThan(5), 5_000)]);
    answer();
    await changed;
    expect(await meanwhile).toMatchObject({ email: here.email });
    expect(here.changes).toEqual([]);
    expect(await here.client.auth.user.query()).toMatchObject({ email: here.email });
  });

  test('that are exchanged by hand are kept as well', async () => {
    const here = await somebody();
    const before = await kept(here);
    await here.client.auth.refresh.mutate({ refreshToken: before?.refreshToken ?? '' });
    expect((await kept(here))?.refreshToken).not.toBe(before?.refreshToken);
    pass(6 * 60);
    expect(await here.client.auth.user.query()).toMatchObject({ email: here.email });
  });

  test('can be had for another server’s calls, renewed when they must be', async () => {
    const here = await somebody();
    const first = await accessTokenOf(here.client);
    expect(first).toBe((await kept(here))?.accessToken);
    pass(6 * 60);
    const second = await accessTokenOf(here.client);
    expect(second).not.toBe(first);
    expect((await here.client.auth.verifyToken.mutate({ token: second ?? '' })).active).toBe(true);
    expect(await accessTokenOf(createAuthClient({ url: server.url }))).toBeNull();
    expect(await accessTokenOf(createAuthClient({ url: server.url, credentials: 'token' }))).toBeNull();
  });

  test('that a renewal cannot replace stay, and the calls say so instead of “nobody”', async () => {
    let isAway = false;
    const here = await somebody((path) => (isAway && path === 'auth.refresh' ? new Response('', { status: 502 }) : undefined));
    pass(6 * 60);
    isAway = true;
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() + 6 * 60_000 });
    const calls = Promise.all([
      here.client.auth.user.query().catch(failing),
      here.client.auth.session.query().catch(failing),
      accessTokenOf(here.client).catch(failing),
    ]);
    await vi.advanceTimersByTimeAsync(20_000);
    for (const error of await calls) {
      expect(String(error)).toContain('could not be renewed');
      expect(refusalOf(error)).toBeNull();
    }
    expect(await kept(here)).not.toBeNull();
    expect(here.changes).toEqual([]);
    isAway = false;
    await vi.advanceTimersByTimeAsync(31_000);
    const again = here.client.auth.user.query();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    expect(await again).toMatchObject({ email: here.email });
  });
});

describe('a call', () => {
  test('is repeated once, and a fresh token that is refused as well is left alone for a while', async () => {
    const here = await somebody((path) => (path === 'auth.updateUser' ? refused('not_authenticated', 401) : undefined));
    const error = await here.client.auth.updateUser.mutate({ firstName: 'Ada' }).catch(failing);
    expect(refusalOf(error, 'auth.updateUser')?.reason).toBe('not_authenticated');
    expect(here.sent.map(({ path }) => path)).toEqual(['auth.updateUser', 'auth.refresh', 'auth.updateUser']);
    here.sent.length = 0;
    for (let times = 0; times < 5; times += 1) await here.client.auth.updateUser.mutate({ firstName: 'Ada' }).catch(failing);
    expect(here.sent.map(({ path }) => path)).toEqual(Array.from({ length: 5 }, () => 'auth.updateUser'));
  });

  test('that was refused runs once, whatever it does', async () => {
    const here = await somebody();
    server.clock.advance(6 * 60);
    await here.client.auth.sessions.revokeOthers.mutate();
    await here.client.auth.updateUser.mutate({ firstName: 'Grace' });
    expect(server.callsOf('auth.sessions.revokeOthers')).toBe(2);
    expect(server.callsOf('auth.updateUser')).toBe(1);
    expect(server.callsOf('auth.refresh')).toBe(1);
  });

  test('for who is signed in is answered by who is, when only the server’s clock knows that the token is over', async () => {
    const here = await somebody();
    server.clock.advance(6 * 60);
    expect(await here.client.auth.session.query()).toMatchObject({ user: { email: here.email } });
    expect(server.callsOf('auth.refresh')).toBe(1);
  });

  test('that anybody may make does not wait for a renewal', async () => {
    const here = await somebody((path) => (path === 'auth.refresh' ? new Promise<never>(() => {}) : undefined));
    pass(6 * 60);
    expect(await here.client.password.requestReset.mutate({ email: here.email })).toEqual({ status: 'accepted' });
    expect(await here.client.auth.login.mutate({ identifier: here.email, password: here.password })).toMatchObject({
      status: 'authenticated',
    });
    expect(here.sent.map(({ path }) => path)).toEqual(['password.requestReset', 'auth.login']);
  });

  test('that is given up while it waits is over at once', async () => {
    const here = await somebody((path) => (path === 'auth.refresh' ? new Promise<never>(() => {}) : undefined));
    pass(6 * 60);
    const giveUp = new AbortController();
    const call = here.client.auth.user.query(undefined, { signal: giveUp.signal }).catch(failing);
    giveUp.abort(new Error('no longer wanted'));
    expect(String(await call)).toContain('no longer wanted');
  });

  test('of a service account has nothing to do with the person’s tokens', async () => {
    const here = await somebody();
    const error = await here.client.auth.users.find.query({ ids: [] }).catch(failing);
    expect(refusalOf(error)?.reason).toBe('not_authenticated');
    expect(here.sent.map(({ path }) => path)).toEqual(['auth.users.find']);
  });
});

describe('logging out', () => {
  const isAlive = async (here: Here, sessionId: string | undefined) => {
    const other = createAuthClient({ url: server.url, credentials: 'token' });
    await other.auth.login.mutate({ identifier: here.email, password: here.password });
    return (await other.auth.sessions.list.query()).some(({ id }) => id === sessionId);
  };
  const sessionIdOf = async (here: Here) => (await here.client.auth.session.query())?.session.id;

  test('ends the session and keeps nothing', async () => {
    const here = await somebody();
    const id = await sessionIdOf(here);
    await here.client.auth.logout.mutate();
    expect(await here.store.read()).toBeNull();
    expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
    expect(await isAlive(here, id)).toBe(false);
  });

  test('after a long pause ends the session as well', async () => {
    const here = await somebody();
    const id = await sessionIdOf(here);
    pass(60 * 60);
    await here.client.auth.logout.mutate();
    expect(await here.store.read()).toBeNull();
    expect(await isAlive(here, id)).toBe(false);
  });

  test.each([false, true])(
    'without an answer keeps nothing here, and says that the server was not told (token over: %s)',
    async (isOver) => {
      let isAway = false;
      const here = await somebody(() => (isAway ? new Response('', { status: 502 }) : undefined));
      isAway = true;
      if (isOver) pass(60 * 60);
      await expect(here.client.auth.logout.mutate()).rejects.toThrow();
      expect(await here.store.read()).toBeNull();
      expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
    },
  );

  test('by deleting the account keeps nothing either', async () => {
    const here = await somebody();
    await here.client.auth.deleteUser.mutate();
    expect(await here.store.read()).toBeNull();
  });
});

test('a session that was ended elsewhere is noticed with the next call', async () => {
  const here = await somebody();
  const elsewhere = createAuthClient({ url: server.url, credentials: 'token' });
  await elsewhere.auth.login.mutate({ identifier: here.email, password: here.password });
  await elsewhere.auth.sessions.revokeOthers.mutate();
  const error = await here.client.auth.user.query().catch(failing);
  expect(refusalOf(error, 'auth.user')?.reason).toBe('not_authenticated');
  expect(await here.store.read()).toBeNull();
  expect(here.changes).toEqual([{ kind: 'identity', session: null }]);
  expect(await here.client.auth.session.query()).toBeNull();
});

test('a stolen refresh token that is used signs the owner out, and they can log in again', async () => {
  const here = await somebody();
  const stolen = (await kept(here))?.refreshToken ?? '';
  const thief = createAuthClient({ url: server.url, credentials: 'token' });
  await thief.auth.refresh.mutate({ refreshToken: stolen });
  pass(6 * 60);
  const error = await here.client.auth.user.query().catch(failing);
  expect(refusalOf(error)?.reason).toBe('not_authenticated');
  expect(await here.store.read()).toBeNull();
  expect(await here.client.auth.login.mutate({ identifier: here.email, password: here.password })).toMatchObject({
    status: 'authenticated',
  });
});
