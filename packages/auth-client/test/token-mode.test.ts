import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { accessTokenOf, createAuthClient, memoryTokenStore, refusalOf } from '../src/auth-client.ts';
import { parseRecord } from '../src/tokens/token-record.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { failing, kept, passTime, refused, tokenPerson } from './token-person.ts';

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

const pass = (seconds: number) => passTime(server, seconds);
const somebody = (answer?: Parameters<typeof tokenPerson>[1]) => tokenPerson(server, answer);

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
