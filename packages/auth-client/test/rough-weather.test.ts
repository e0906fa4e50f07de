import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import {
  type AuthChange,
  type AuthClient,
  localStorageTokenStore,
  memoryTokenStore,
  onAuthChange,
  refusalOf,
  type TokenStore,
} from '../src/auth-client.ts';
import { type BrowserWorld, enterBrowserWorld } from './browser-world.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { failing, logInSomebody, openTokenClient, passTime } from './token-person.ts';

// A browser as it is on a bad day: storage switched off, full or spoilt; no locks, no channels; a network that hangs.

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
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const pass = (seconds: number) => passTime(server, seconds);

const open = (tokenStore: TokenStore, fetch?: typeof globalThis.fetch) => openTokenClient(server, tokenStore, fetch);

const logIn = (client: AuthClient) => logInSomebody(server, client);

/** Takes a member of the world away, or puts another one in its place. */
function stub(name: string, value: unknown): void {
  vi.stubGlobal(name, value);
}

describe('localStorage', () => {
  const never = (): never => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };

  test.each([
    ['not there, as on a server that renders', () => stub('localStorage', undefined)],
    ['switched off', () => stub('localStorage', { getItem: never, setItem: never, removeItem: never })],
  ])('that is %s keeps nobody from signing in: the tokens live as long as the page', async (_, spoil) => {
    spoil();
    const client = open(localStorageTokenStore());
    expect(await client.auth.session.query()).toBeNull();
    const email = await logIn(client);
    pass(290);
    expect(await client.auth.user.query()).toMatchObject({ email });
    await client.auth.logout.mutate();
    expect(await client.auth.session.query()).toBeNull();
  });

  test('that is full keeps nobody from signing in, and leaves no pair behind that has been exchanged', async () => {
    const client = open(localStorageTokenStore());
    const email = await logIn(client);
    expect(world.storage.size).toBe(1);
    const full = { ...globalThis.localStorage };
    stub('localStorage', {
      getItem: full.getItem,
      removeItem: full.removeItem,
      setItem() {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      },
    });
    pass(290);
    expect(await client.auth.user.query()).toMatchObject({ email });
    expect(world.storage.size).toBe(0);
    pass(290);
    expect(await client.auth.user.query()).toMatchObject({ email });
    expect(server.callsOf('auth.refresh')).toBe(2);
  });

  test.each([
    '{',
    'null',
    '{"accessToken":"a\\nb","refreshToken":"c","receivedAt":NOW,"lifetime":300000}',
    '{"accessToken":"☃","refreshToken":"c","receivedAt":NOW,"lifetime":300000}',
  ])('with %s in it is as good as empty', async (text) => {
    world.storage.set('latchkey', text.replace('NOW', String(Date.now())));
    const client = open(localStorageTokenStore());
    expect(await client.auth.session.query()).toBeNull();
    const email = await logIn(client);
    expect(await client.auth.user.query()).toMatchObject({ email });
  });
});

describe('without', () => {
  test('BroadcastChannel, another tab notices a logout with its next call', async () => {
    stub('BroadcastChannel', undefined);
    const [here, there] = [open(localStorageTokenStore()), open(localStorageTokenStore())];
    const changes: AuthChange[] = [];
    onAuthChange(there, (change) => changes.push(change));
    await logIn(here);
    await there.auth.user.query();
    changes.length = 0;
    await here.auth.logout.mutate();
    expect(await there.auth.session.query()).toBeNull();
    expect(changes).toEqual([{ kind: 'identity', session: null }]);
  });

  test('Web Locks, or where they are refused, tabs renew once all the same', async () => {
    for (const locks of [undefined, { request: () => Promise.reject(new DOMException('no', 'SecurityError')) }]) {
      stub('navigator', { locks });
      const tabs = [1, 2, 3].map(() => open(localStorageTokenStore()));
      const email = await logIn(tabs[0] as AuthClient);
      pass(290);
      const users = await Promise.all(tabs.map((tab) => tab.auth.user.query()));
      expect(users.map((user) => user.email)).toEqual([email, email, email]);
      pass(60);
      expect(await tabs[0]?.auth.user.query()).toMatchObject({ email });
    }
  });
});

describe('a network that hangs, and a fetch that cannot be aborted,', () => {
  test('hold a renewal up for some seconds, and the next one succeeds', async () => {
    let hangs = true;
    const store = memoryTokenStore();
    const client = open(store, (input, init) => {
      const isHeld = hangs && String(input).includes('auth.refresh');
      return isHeld ? new Promise<never>(() => {}) : fetch(input, init && { ...init });
    });
    const email = await logIn(client);
    pass(360);
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() + 360_000 });
    const call = client.auth.user.query().catch(failing);
    await vi.advanceTimersByTimeAsync(30_000);
    const error = await Promise.race([call, Promise.resolve('still waits')]);
    expect(String(error)).toContain('could not be renewed');
    expect(refusalOf(error)).toBeNull();
    hangs = false;
    await vi.advanceTimersByTimeAsync(31_000);
    const again = client.auth.user.query();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    expect(await again).toMatchObject({ email });
  });
});

describe('a store of somebody else’s', () => {
  test('that never writes is an error, not a loop without end', async () => {
    const client = open({ read: () => null, compareAndSet: () => false });
    const { email, password } = await server.newPerson();
    const error = await client.auth.login.mutate({ identifier: email, password }).catch(failing);
    expect(String(error)).toContain('token store');
  });
});

describe('a store that takes its time', () => {
  test('has the tokens before anybody has the answer that brought them', async () => {
    let kept: string | null = null;
    const slowly = () => new Promise((resolve) => setTimeout(resolve, 20));
    const store: TokenStore = {
      read: () => kept,
      async compareAndSet(expected, next) {
        await slowly();
        if (kept !== expected) return false;
        kept = next;
        return true;
      },
    };
    const client = open(store);
    const email = await logIn(client);
    expect(kept).not.toBeNull();
    const first = kept;
    pass(290);
    expect(await client.auth.user.query()).toMatchObject({ email });
    expect(kept).not.toBe(first);
    await client.auth.logout.mutate();
    expect(kept).toBeNull();
  });
});

describe('somebody else who logs in meanwhile', () => {
  /** Two tabs of one browser; the first one's answers to `path` wait until they are let go. */
  function twoTabs(path: string) {
    let letGo = (): void => {};
    let arrived = (): void => {};
    const mayGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const slow = open(localStorageTokenStore(), async (input, init) => {
      const response = await fetch(input, init);
      if (String(input).includes(path)) {
        arrived();
        await mayGo;
      }
      return response;
    });
    return { slow, other: open(localStorageTokenStore()), isThere, letGo: () => letGo() };
  }

  test.each(['password.change', 'auth.refresh'])('stays who is signed in, when the answer to %s comes for the last one', async (path) => {
    const [ada, bob] = [await server.newPerson(), await server.newPerson()];
    const { slow, other, isThere, letGo } = twoTabs(path);
    await slow.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const { refreshToken } = JSON.parse(world.storage.get('latchkey') ?? '') as { refreshToken: string };
    const late =
      path === 'auth.refresh'
        ? slow.auth.refresh.mutate({ refreshToken })
        : slow.password.change.mutate({ currentPassword: ada.password, newPassword: 'another pass phrase' });
    await isThere;
    // Whose turn it is to renew does not matter to a login.
    await other.auth.login.mutate({ identifier: bob.email, password: bob.password });
    letGo();
    await late;
    for (const tab of [slow, other]) expect(await tab.auth.user.query()).toMatchObject({ email: bob.email });
  });
});

describe('a server that cannot renew', () => {
  /** What five tabs of fifty calls each send it in a minute, all of them at once. */
  async function exchangesOf(answer: () => Response): Promise<number> {
    let exchanges = 0;
    const away: typeof fetch = async (input, init) => {
      if (!String(input).includes('auth.refresh')) return fetch(input, init);
      exchanges += 1;
      return answer();
    };
    const tabs = Array.from({ length: 5 }, () => open(localStorageTokenStore(), away));
    await logIn(tabs[0] as AuthClient);
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() + 360_000 });
    const calls = tabs.flatMap((tab) => Array.from({ length: 50 }, () => tab.auth.user.query().catch(failing)));
    await vi.advanceTimersByTimeAsync(60_000);
    for (const error of await Promise.all(calls)) expect(String(error)).toContain('could not be renewed');
    return exchanges;
  }

  test('and says for how long is asked by one tab, once (supabase-js#2145)', async () => {
    const data = { code: 'TOO_MANY_REQUESTS', httpStatus: 429, reason: 'too_many_attempts', requestId: 'r', retryAfterSeconds: 20 };
    const refusal = { error: { json: { message: 'too_many_attempts', code: -32029, data } } };
    expect(await exchangesOf(() => Response.json(refusal, { status: 429 }))).toBe(1);
  });

  test('and does not say why is asked a few times by each tab, however many calls wait (supabase-js#2145)', async () => {
    const exchanges = await exchangesOf(() => new Response('', { status: 502 }));
    expect(exchanges).toBeGreaterThan(1);
    expect(exchanges).toBeLessThan(5 * 7);
  });
});

describe('a clock that is wrong', () => {
  test.each([-600, 600])('by %i seconds from the start does no harm', async (off) => {
    vi.setSystemTime(Date.now() + off * 1000);
    const client = open(localStorageTokenStore());
    const email = await logIn(client);
    for (let round = 0; round < 3; round += 1) {
      expect(await client.auth.user.query()).toMatchObject({ email });
      pass(290);
    }
    await client.auth.user.query();
    expect(server.callsOf('auth.refresh')).toBe(3);
  });

  test.each([-600, 600])('that jumps by %i seconds costs one renewal at most', async (jump) => {
    const client = open(localStorageTokenStore());
    const email = await logIn(client);
    vi.setSystemTime(Date.now() + jump * 1000);
    for (let times = 0; times < 3; times += 1) expect(await client.auth.user.query()).toMatchObject({ email });
    expect(server.callsOf('auth.refresh')).toBe(1);
  });
});
