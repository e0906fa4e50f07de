import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { signedInPerson } from '../person.ts';
import { startTestServer, type TestServer } from '../start-server.ts';
import { openTransactionPooler, type TransactionPooler } from '../transaction-pooler.ts';

let database: TestDatabase;
let pooler: TransactionPooler;
let server: TestServer;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  pooler = await openTransactionPooler(database.url, 4);
  server = await startTestServer({ databaseUrl: pooler.url });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await pooler.close();
  await database.drop();
});

test('the whole server works behind a pooler that hands out connections for one transaction', async () => {
  const { browser, email, password } = await signedInPerson(server.url);
  const readers = Array.from({ length: 20 }, () => browser.query<{ email: string }>('auth.user'));
  for (const { data } of await Promise.all(readers)) expect(data).toMatchObject({ email });

  const app = openBrowser(server.url, { headers: { 'x-latchkey-credentials': 'token' } });
  const login = await app.call<{ tokens: { refreshToken: string } }>('auth.login', { identifier: email, password });
  const { refreshToken } = login.data.tokens;
  const pairs = await Promise.all(Array.from({ length: 8 }, () => app.call<{ refreshToken: string }>('auth.refresh', { refreshToken })));
  expect(new Set(pairs.map(({ data }) => data.refreshToken)).size).toBe(1);

  await browser.call('password.requestReset', { email });
  const token = await browser.mailedToken('reset-password', email);
  const newPassword = 'a pass phrase of another kind';
  const resets = await Promise.all(Array.from({ length: 4 }, () => app.call('password.confirmReset', { token, newPassword })));
  expect(resets.filter(({ error }) => error === null)).toHaveLength(1);
  expect((await browser.call('auth.login', { identifier: email, password: newPassword })).data).toMatchObject({ status: 'authenticated' });
  expect((await browser.query<unknown[]>('auth.sessions.list')).data).toHaveLength(1);
  expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  expect((await browser.query('auth.session')).data).toBeNull();
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(pooler.peak()).toBeLessThanOrEqual(4);
  expect(pooler.handovers()).toBeGreaterThan(20);
}, 90_000);
