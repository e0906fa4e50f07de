import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { signedInPerson } from '../person.ts';
import { freePort, runServerToItsEnd, startTestServer, type TestServerOptions } from '../start-server.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});
afterAll(() => database.drop());

const random = (bytes = 32) => randomBytes(bytes).toString('base64url');
const production = () => ({
  NODE_ENV: 'production',
  LIMITS: 'on',
  DATABASE_URL: database.url,
  SMTP_URL: 'smtp://localhost:1025',
  MAIL_FROM: 'auth@example.com',
  PUBLIC_URL: 'https://auth.example.com',
});

test.each([
  ['missing', undefined, /SECRET must be set in production/],
  ['empty', '', /SECRET must be set in production/],
  ['short', random(23), /SECRET must be at least 32 bytes/],
  ['one letter over and over', 'a'.repeat(64), /SECRET repeats itself/],
  ['a few letters over and over', 'changeme'.repeat(8), /SECRET repeats itself/],
  ['short in second place', `new:${random()},old:short`, /SECRET number 2 must be at least 32 bytes/],
  ['two of one name', `one:${random()},one:${random()}`, /an id of its own/],
])('a production server does not start with a root secret that is %s (R-TOK-15)', async (_, secret, message) => {
  const { code, output } = await runServerToItsEnd({ ...production(), SECRET: secret });
  expect(code).toBe(1);
  expect(output).toMatch(message);
  if (secret) for (const part of secret.split(',')) expect(output).not.toContain(part.split(':').at(-1) ?? part);
});

test('it does not start with another secret than the database was made with, and does with a list that begins anew (R-TOK-15)', async () => {
  const [old, fresh] = [random(), random()];
  const port = await freePort();
  const env = { PUBLIC_URL: `http://localhost:${port}` };
  const start = (SECRET: string): TestServerOptions => ({ databaseUrl: database.url, port, env: { ...env, SECRET } });

  const first = await startTestServer(start(`old:${old}`));
  const { browser, email, password } = await signedInPerson(first.url);
  const phone = openBrowser(first.url, { headers: { 'x-latchkey-credentials': 'token' } });
  const { data } = await phone.call<{ tokens: { accessToken: string; refreshToken: string } }>('auth.login', {
    identifier: email,
    password,
  });
  await first.stop();

  for (const secret of [`old:${fresh}`, `new:${fresh}`]) {
    const { code, output } = await runServerToItsEnd({ ...env, DATABASE_URL: database.url, SECRET: secret });
    expect(code).toBe(1);
    expect(output).toMatch(/SECRET old is (not the one|missing)/);
    expect(output).not.toContain(fresh);
  }

  const second = await startTestServer(start(`new:${fresh},old:${old}`));
  expect((await browser.query('auth.user')).status).toBe(200);
  expect((await phone.query('auth.user', undefined, { authorization: `Bearer ${data.tokens.accessToken}` })).status).toBe(200);
  const refreshed = await phone.call<{ refreshToken: string }>('auth.refresh', { refreshToken: data.tokens.refreshToken });
  expect(refreshed.status).toBe(200);
  expect((await openBrowser(second.url).call('auth.login', { identifier: email, password })).data).toMatchObject({
    status: 'authenticated',
  });
  await second.stop();

  const third = await startTestServer(start(`new:${fresh}`));
  expect((await browser.query('auth.user')).status).toBe(200);
  expect((await phone.call('auth.refresh', { refreshToken: refreshed.data.refreshToken })).status).toBe(200);
  expect((await phone.call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
  await third.stop();
}, 120_000);
