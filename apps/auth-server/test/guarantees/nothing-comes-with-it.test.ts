import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';
import { post } from '../send.ts';
import { startTestServer } from '../start-server.ts';

let server: OwnServer;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
});
afterAll(() => server.close());

test('a new server has no users, no sessions and no service accounts (R-OPS-09)', async () => {
  const sql = postgres(server.database.url, { max: 1 });
  for (const table of ['user', 'session', 'registration', 'one_time_token', 'service_account', 'service_key', 'device', 'mail']) {
    expect([table, (await sql`select from ${sql(`latchkey.${table}`)}`).length]).toEqual([table, 0]);
  }
  await sql.end();
});

test.each(['admin', 'root', 'test', 'demo', 'user', 'latchkey', 'administrator', 'guest'])(
  'nobody is called %s (R-OPS-09)',
  async (name) => {
    for (const password of [name, 'password', 'changeme', '12345678', `${name}123`]) {
      for (const identifier of [name, `${name}@example.com`, `${name}@localhost`]) {
        const answer = await post(server.url, 'auth.login', { json: { identifier, password } });
        expect(answer).toMatchObject({ status: 401, refusal: { reason: 'invalid_credentials' } });
      }
    }
  },
);

test('no code opens what a token should, of any length or kind (R-OPS-09)', async () => {
  const { browser, email, password } = newPerson(server.url);
  await browser.call('registration.register', { email, password });
  for (const token of ['000000', '123456', 'test', 'bypass', 'lkv_test', '0', 'null', 'undefined', '*', '%']) {
    expect((await browser.call('registration.verifyEmail', { token })).error?.reason).toBe('invalid_token');
    expect((await browser.call('password.confirmReset', { token, newPassword: 'a fine pass phrase' })).error?.reason).toBe('invalid_token');
    expect((await browser.call('auth.serviceToken', { serviceKey: token })).error?.reason).toBe('invalid_credentials');
  }
});

test('a generated secret is like no other (R-OPS-09)', async () => {
  const directories = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'latchkey-secret-')));
  const secrets = await Promise.all(
    directories.map(async (dataDir) => {
      const env = { DATABASE_URL: undefined, DATA_DIR: dataDir, SECRET: undefined };
      const started = await startTestServer({ databaseUrl: '', env });
      await started.stop();
      return readFileSync(join(dataDir, 'secret'), 'utf8').trim();
    }),
  );
  expect(new Set(secrets).size).toBe(2);
  for (const secret of secrets) expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(32);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
