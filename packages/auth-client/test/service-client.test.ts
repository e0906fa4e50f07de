import { createServiceAccount, revokeServiceAccount, type ServiceScope } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { refusalOf } from '../src/auth-client.ts';
import { createServerAuth } from '../src/server.ts';
import { type RealServer, startRealServer } from './real-server.ts';

let server: RealServer;
let accounts = 0;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
});

const failing = (error: unknown) => error;
const connect = (serviceKey: string, fetch: typeof globalThis.fetch = globalThis.fetch) =>
  createServerAuth({ url: server.url, now: () => server.clock.now().getTime(), fetch }).serviceClient(serviceKey);

async function newAccount(...scopes: ServiceScope[]): Promise<{ name: string; key: string }> {
  accounts += 1;
  const name = `service-${accounts}`;
  return { name, key: (await createServiceAccount(server.core, { name, scopes })).key };
}

test('calls in its own name, and exchanges its key once for any number of calls', async () => {
  const { email } = await server.newPerson();
  const client = connect((await newAccount('users:read')).key);
  const found = await Promise.all(Array.from({ length: 20 }, () => client.auth.users.find.query({ emails: [email] })));
  expect(found.flat().every((user) => user.email === email)).toBe(true);
  await client.auth.users.find.query({ emails: [email] });
  expect(server.callsOf('auth.serviceToken')).toBe(1);
});

test('exchanges it again before the token ends, and not much earlier', async () => {
  const client = connect((await newAccount('users:read')).key);
  await client.auth.users.find.query({ ids: [] });
  server.clock.advance(4 * 60);
  await client.auth.users.find.query({ ids: [] });
  expect(server.callsOf('auth.serviceToken')).toBe(1);
  server.clock.advance(45);
  await client.auth.users.find.query({ ids: [] });
  expect(server.callsOf('auth.serviceToken')).toBe(2);
});

test('goes by the age of a token, whatever its own clock says', async () => {
  const { key } = await newAccount('users:read');
  const client = createServerAuth({ url: server.url, now: () => server.clock.now().getTime() + 3_600_000 }).serviceClient(key);
  for (let times = 0; times < 3; times += 1) await client.auth.users.find.query({ ids: [] });
  expect(server.callsOf('auth.serviceToken')).toBe(1);
});

test('is refused what is not among its scopes, without a second try', async () => {
  const client = connect((await newAccount('sessions:revoke')).key);
  const error = await client.auth.users.find.query({ ids: [] }).catch(failing);
  expect(refusalOf(error, 'auth.users.find')?.reason).toBe('not_authenticated');
  expect(server.requests).toEqual(['POST auth.serviceToken', 'GET auth.users.find']);
});

test('says that a key is no good, and what a revoked account is told', async () => {
  const unknown = await connect('lka_nothing').auth.users.find.query({ ids: [] }).catch(failing);
  expect(refusalOf(unknown, 'auth.serviceToken')?.reason).toBe('invalid_credentials');
  const { name, key } = await newAccount('users:read');
  const client = connect(key);
  await client.auth.users.find.query({ ids: [] });
  await revokeServiceAccount(server.core, { name });
  const revoked = await client.auth.users.find.query({ ids: [] }).catch(failing);
  expect(refusalOf(revoked, 'auth.users.find')?.reason).toBe('not_authenticated');
});

test('tries again with the next call when the auth server was away', async () => {
  let isAway = true;
  const { key } = await newAccount('users:read');
  const client = connect(key, async (input, init) => (isAway ? new Response('', { status: 502 }) : fetch(input, init)));
  expect(refusalOf(await client.auth.users.find.query({ ids: [] }).catch(failing))).toBeNull();
  isAway = false;
  expect(await client.auth.users.find.query({ ids: [] })).toEqual([]);
});

test('replaces a token that the server gave up before its time, and calls once more', async () => {
  const { key } = await newAccount('users:read');
  let givenUp: string | null = null;
  let last: string | null = null;
  const client = connect(key, async (input, init) => {
    last = new Headers(init?.headers).get('authorization');
    const isGivenUp = last !== null && last === givenUp;
    return fetch(input, isGivenUp ? { ...init, headers: { authorization: 'Bearer of.former.keys' } } : init);
  });
  await client.auth.users.find.query({ ids: [] });
  server.clock.advance(31);
  givenUp = last;
  expect(await client.auth.users.find.query({ ids: [] })).toEqual([]);
  expect(server.callsOf('auth.serviceToken')).toBe(2);
  expect(server.callsOf('auth.users.find')).toBe(3);
});

test('a mistyped key, or half of one, is no good, and is told as any other', async () => {
  const { key } = await newAccount('users:read');
  const last = key.at(-1) === 'A' ? 'B' : 'A';
  for (const mistyped of [`${key.slice(0, -1)}${last}`, key.slice(0, -5), `${key} `, key.toUpperCase(), '']) {
    const error = await connect(mistyped).auth.users.find.query({ ids: [] }).catch(failing);
    expect(['invalid_credentials', 'invalid_input']).toContain(refusalOf(error, 'auth.serviceToken')?.reason);
  }
});

test('an exchange that hangs holds nobody up for ever', async () => {
  const { key } = await newAccount('users:read');
  let hangs = true;
  const client = connect(key, (input, init) => (hangs ? new Promise<never>(() => {}) : fetch(input, init)));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const held = client.auth.users.find.query({ ids: [] }).catch(failing);
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  expect(String(await held)).toContain('no answer within');
  hangs = false;
  expect(await client.auth.users.find.query({ ids: [] })).toEqual([]);
});
