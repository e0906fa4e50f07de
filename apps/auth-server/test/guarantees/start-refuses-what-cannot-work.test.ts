import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { newPerson, signedInPerson } from '../person.ts';
import { freePort, runServerToItsEnd, startTestServer } from '../start-server.ts';

let database: TestDatabase;
let dataDir: string;

beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-start-'));
});
afterEach(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const secret = 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1';
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://auth.example.test',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'no-reply@example.test',
  SECRET: secret,
  LIMITS: undefined,
};

test('every wrong variable is named at once, none is shown, and the exit code says so', async () => {
  const values = {
    PORT: '70000',
    PUBLIC_URL: 'hunter2-url',
    DATABASE_URL: 'hunter2-database',
    SMTP_URL: 'hunter2-mail',
    SECRET: 'hunter2',
  };
  const { code, output } = await runServerToItsEnd({ ...values, BCRYPT_COST: '4', TRUSTED_PROXIES: 'hunter2-proxy' });
  expect(code).toBe(1);
  const lines = output.trim().split('\n');
  expect(lines[0]).toBe('The configuration cannot be used:');
  for (const name of [...Object.keys(values), 'BCRYPT_COST', 'TRUSTED_PROXIES']) {
    expect(lines.filter((line) => line.startsWith(`  - ${name} `))).toHaveLength(1);
  }
  expect(output).not.toMatch(/hunter2|70000|\n\s+at /);
});

test.each([
  ['an embedded database', { DATABASE_URL: undefined }, 'DATABASE_URL must be set in production (or ALLOW_EMBEDDED_DATABASE=yes)'],
  ['the development mailbox', { SMTP_URL: undefined }, 'SMTP_URL must be set in production'],
  ['a generated secret', { SECRET: undefined }, 'SECRET must be set in production'],
  ['plain http', { PUBLIC_URL: 'http://auth.example.test' }, 'PUBLIC_URL must begin with https:// in production'],
  ['no PUBLIC_URL', { PUBLIC_URL: undefined }, 'PUBLIC_URL must begin with https:// in production'],
  ['limits that are off', { LIMITS: 'off' }, 'LIMITS cannot be off in production'],
])('production refuses %s (R-OPS-09, R-STO-08)', async (_, env, problem) => {
  const { code, output } = await runServerToItsEnd({ DATABASE_URL: database.url, DATA_DIR: dataDir, ...production, ...env });
  expect(output.trim().split('\n')).toEqual(['The configuration cannot be used:', `  - ${problem}`]);
  expect(code).toBe(1);
});

test('production starts with all that it asks for, and with the embedded database when that is wanted (R-STO-08)', async () => {
  const server = await startTestServer({ databaseUrl: database.url, env: production });
  expect(server.output()).toContain('TRUSTED_PROXIES is empty');
  expect(await server.stop()).toBe(0);
  const wanted = {
    ...production,
    DATABASE_URL: undefined,
    ALLOW_EMBEDDED_DATABASE: 'yes',
    DATA_DIR: dataDir,
    TRUSTED_PROXIES: '10.0.0.0/8',
  };
  const embedded = await startTestServer({ databaseUrl: '', env: wanted });
  expect(embedded.output()).toContain('survives kills and power cuts as its disk does, and has no replica');
  expect(embedded.output()).not.toContain('TRUSTED_PROXIES');
  expect(await embedded.stop()).toBe(0);
});

test('a secret that cannot read the database is refused, and the right one still works', async () => {
  const first = await startTestServer({ databaseUrl: database.url, env: { SECRET: secret } });
  const person = await signedInPerson(first.url);
  await first.stop();
  const { code, output } = await runServerToItsEnd({ DATABASE_URL: database.url, SECRET: `${secret}-another` });
  expect([code, output]).toEqual([1, expect.stringContaining('SECRET default is not the one this database was made with')]);
  expect(output).not.toContain(secret);
  const again = await startTestServer({ databaseUrl: database.url, env: { SECRET: secret } });
  const login = { identifier: person.email, password: person.password };
  expect((await newPerson(again.url).browser.call('auth.login', login)).data).toMatchObject({ status: 'authenticated' });
  await again.stop();
});

test.each([
  ['a database that is not there', (url: URL) => Object.assign(url, { pathname: '/nowhere' }), 'DATABASE_URL is refused by the server'],
  ['a wrong password', (url: URL) => Object.assign(url, { password: 'hunter2' }), 'DATABASE_URL is refused by the server'],
  ['a server that is not there', (url: URL) => Object.assign(url, { port: '9' }), 'DATABASE_URL cannot be reached (ECONNREFUSED)'],
])('%s is said in one line', async (_, change, message) => {
  const { code, output } = await runServerToItsEnd({ DATABASE_URL: change(new URL(database.url)).href });
  expect([code, output]).toEqual([1, expect.stringContaining(message)]);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(output).not.toContain('hunter2');
});

test('a busy port is said, and the embedded database is left as it was', async () => {
  const env = { DATA_DIR: dataDir, DATABASE_URL: undefined, SECRET: secret };
  const first = await startTestServer({ databaseUrl: '', env });
  const person = await signedInPerson(first.url);
  expect(await first.stop()).toBe(0);

  const port = await freePort();
  const occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
  const { code, output } = await runServerToItsEnd({ ...env, PORT: String(port) });
  expect([code, output]).toEqual([1, expect.stringContaining(`PORT ${port} is in use by another program`)]);
  await new Promise((resolve) => occupant.close(resolve));

  const again = await startTestServer({ databaseUrl: '', env, port });
  const login = { identifier: person.email, password: person.password };
  expect((await newPerson(again.url).browser.call('auth.login', login)).data).toMatchObject({ status: 'authenticated' });
  expect(await again.stop()).toBe(0);
});

test('a second server on the same data directory is refused, and the first goes on (R-STO-07)', async () => {
  const env = { DATA_DIR: dataDir, DATABASE_URL: undefined };
  const first = await startTestServer({ databaseUrl: '', env });
  const { code, output } = await runServerToItsEnd(env);
  expect([code, output]).toEqual([
    1,
    expect.stringContaining(`is already in use by another running server (process ${first.process.pid})`),
  ]);
  expect((await signedInPerson(first.url)).email).toContain('@');
  expect(await first.stop()).toBe(0);
});

test('a damaged data directory is refused in one message, and nothing in it is replaced', async () => {
  mkdirSync(join(dataDir, 'postgres', 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), 'not a version\n');
  const { code, output } = await runServerToItsEnd({ DATA_DIR: dataDir });
  expect(code).toBe(1);
  expect(output).not.toMatch(/\n\s+at /);
  expect(readFileSync(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), 'utf8')).toBe('not a version\n');
  writeFileSync(join(dataDir, 'file'), '');
  const none = await runServerToItsEnd({ DATA_DIR: join(dataDir, 'file'), SECRET: undefined });
  expect([none.code, none.output]).toEqual([1, expect.stringContaining('DATA_DIR cannot be used')]);
});

test('two servers may start at once on one empty database', async () => {
  const admin = postgres(inject('databaseUrl'), { max: 1, onnotice: () => {} });
  for (let round = 0; round < 2; round += 1) {
    const name = `latchkey_empty_${process.pid}_${round}`;
    await admin`create database ${admin(name)}`;
    const url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href;
    const env = { SECRET: secret, PUBLIC_URL: 'http://localhost', EMAIL_VERIFICATION: 'none' };
    const servers = await Promise.all([1, 2, 3].map(() => startTestServer({ databaseUrl: url, env })));
    const { email, password } = newPerson('');
    const [first, second] = servers.map((server) => newPerson(server.url, 'http://localhost').browser);
    expect((await first?.call('registration.register', { email, password }))?.data).toMatchObject({ status: 'authenticated' });
    expect((await second?.call('auth.login', { identifier: email, password }))?.data).toMatchObject({ status: 'authenticated' });
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0, 0]);
    await admin`drop database ${admin(name)} with (force)`;
  }
  await admin.end();
});
