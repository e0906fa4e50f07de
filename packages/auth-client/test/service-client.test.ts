import { createServiceAccount, revokeServiceAccount, type ServiceScope } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
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
