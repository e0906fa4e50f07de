import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type AuthClient, createAuthClient, localStorageTokenStore, refusalOf, type TokenStore } from '../src/auth-client.ts';
import { type BrowserWorld, enterBrowserWorld } from './browser-world.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { passTime } from './token-person.ts';

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

const fourMinutes = 4 * 60;
const callsPerTab = 50;

const pass = (seconds: number) => passTime(server, seconds);

function tabs(count: number, store: () => TokenStore): AuthClient[] {
  return Array.from({ length: count }, () => createAuthClient({ url: server.url, credentials: 'token', tokenStore: store() }));
}

async function logIn(client: AuthClient | undefined): Promise<void> {
  const { email, password } = await server.newPerson();
  const outcome = await client?.auth.login.mutate({ identifier: email, password });
  expect(outcome?.status).toBe('authenticated');
  server.requests.length = 0;
}

/** A call for who is signed in, which finds its token dead. */
async function confirmNothing(client: AuthClient): Promise<void> {
  const error = await client.registration.confirmEmailChange.mutate({ token: 'nothing' }).catch((thrown: unknown) => thrown);
  expect(refusalOf(error, 'registration.confirmEmailChange')?.reason).toBe('invalid_token');
}

/** Four in five calls are batched queries, the others mutations: of a kind that takes no lock for which the others would wait. */
function callOften(clients: AuthClient[]): Promise<unknown>[] {
  return clients.flatMap((client) =>
    Array.from({ length: callsPerTab }, (_, index) => (index % 5 < 4 ? client.auth.user.query() : confirmNothing(client))),
  );
}

describe('with the storage and the locks of a browser', () => {
  let world: BrowserWorld;
  beforeEach(() => {
    world = enterBrowserWorld();
  });
  afterEach(() => world.leave());

  test('fifty calls in each of five tabs cause one refresh when the token is about to end', async () => {
    const clients = tabs(5, localStorageTokenStore);
    await logIn(clients[0]);
    pass(fourMinutes);
    await Promise.all(callOften(clients));
    expect(server.callsOf('auth.refresh')).toBe(1);
    expect(server.callsOf('auth.user')).toBe(5 * 40);
  });

  test('fifty calls in each of five tabs cause one refresh when the server refuses the token', async () => {
    const clients = tabs(5, localStorageTokenStore);
    await logIn(clients[0]);
    server.clock.advance(10 * 60);
    await Promise.all(callOften(clients));
    expect(server.callsOf('auth.refresh')).toBe(1);
    // Each was sent once, refused, and sent once more.
    expect(server.callsOf('registration.confirmEmailChange')).toBeLessThanOrEqual(5 * 10 * 2);
  });
});

describe('without locks, where processes share a store with compare-and-set', () => {
  function sharedStore(): () => TokenStore {
    let kept: string | null = null;
    const soon = () => new Promise((resolve) => setImmediate(resolve));
    return () => ({
      async read() {
        await soon();
        return kept;
      },
      async compareAndSet(expected, next) {
        await soon();
        if (kept !== expected) return false;
        kept = next;
        return true;
      },
    });
  }

  test('fifty calls in each of five of them cause one refresh', async () => {
    const clients = tabs(5, sharedStore());
    await logIn(clients[0]);
    pass(fourMinutes);
    await Promise.all(callOften(clients));
    expect(server.callsOf('auth.refresh')).toBe(1);
  });
});

test('fifty calls of one client with a memory of its own cause one refresh', async () => {
  const [client] = tabs(1, () => undefined as never);
  await logIn(client);
  pass(fourMinutes);
  await Promise.all(callOften(client ? [client] : []));
  expect(server.callsOf('auth.refresh')).toBe(1);
});
