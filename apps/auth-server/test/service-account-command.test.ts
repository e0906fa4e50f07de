import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { cleanUp, freshDirectory } from './postgres-owner.ts';
import { freePort, startTestServer, type TestServer } from './start-server.ts';

const program = fileURLToPath(new URL('../dist/service-account.js', import.meta.url));

/** Runs the command as an operator would, and waits for its end. */
function command(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } as NodeJS.ProcessEnv,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

const keyIn = ({ out }: { out: string }) => /lka_[\w-]{49}/.exec(out)?.[0] ?? '';
const isGood = async (server: TestServer, serviceKey: string) =>
  (await openBrowser(server.url).call('auth.serviceToken', { serviceKey })).status === 200;

/** What an operator may go through with one account, beside a running server. */
async function goThrough(server: TestServer, env: Record<string, string>): Promise<void> {
  expect(await command(env, 'list')).toEqual({ code: 0, out: 'There are no service accounts.\n', err: '' });

  const created = await command(env, 'create', 'billing', '--scopes', 'users:read');
  expect(created).toMatchObject({ code: 0, err: '' });
  expect(created.out).toContain('It is shown this once');
  const exchange = await openBrowser(server.url).call<{ accessToken: string; scopes: string[] }>('auth.serviceToken', {
    serviceKey: keyIn(created),
  });
  expect(exchange.data.scopes).toEqual(['users:read']);
  const authorization = `Bearer ${exchange.data.accessToken}`;
  const find = () => openBrowser(server.url).query('auth.users.find', { emails: ['nobody@example.com'] }, { authorization });
  expect(await find()).toMatchObject({ status: 200, data: [] });

  const again = await command(env, 'create', 'billing');
  expect(again).toEqual({ code: 1, out: '', err: 'There is, or was, an account of that name.\n' });

  const rotated = await command(env, 'rotate', 'billing', '--overlap-hours', '1');
  expect([await isGood(server, keyIn(created)), await isGood(server, keyIn(rotated))]).toEqual([true, true]);
  const replaced = await command(env, 'rotate', 'billing', '--overlap-hours', '0');
  expect([await isGood(server, keyIn(created)), await isGood(server, keyIn(rotated)), await isGood(server, keyIn(replaced))]).toEqual([
    false,
    false,
    true,
  ]);

  const listed = await command(env, 'list');
  expect(listed.out).toMatch(/^billing {2}users:read\n( {2}key [\da-f-]{36} {2}made \S+Z {2}last used \S+Z( {2}ends \S+Z)?\n){3}$/);
  expect(listed.out).not.toMatch(/lka_/);

  expect((await command(env, 'revoke', 'billing')).out).toContain('billing is revoked');
  expect(await isGood(server, keyIn(replaced))).toBe(false);
  expect((await find()).status).toBe(401);
  expect((await command(env, 'list')).out).toMatch(/^billing {2}revoked \S+Z\n/);
  expect(await command(env, 'revoke', 'billing')).toEqual({
    code: 1,
    out: '',
    err: 'There is no service account billing, or it was revoked.\n',
  });
}

describe('the command makes, lists, replaces and revokes the keys of other servers', () => {
  test('on a database of one’s own, beside a running server', async () => {
    const database = await createTestDatabase(inject('databaseUrl'));
    const env = { DATABASE_URL: database.url, SECRET: randomBytes(32).toString('base64url'), DATA_DIR: freshDirectory() };
    const server = await startTestServer({ databaseUrl: database.url, env });
    await goThrough(server, env);
    await server.stop();
    await database.drop();
  }, 120_000);

  test('on the embedded database, before a server runs, beside it and after it', async () => {
    const env = { DATA_DIR: freshDirectory(), PORT: String(await freePort()) };
    expect(await command(env, 'list')).toMatchObject({ code: 0, out: 'There are no service accounts.\n' });
    const server = await startTestServer({
      databaseUrl: '',
      port: Number(env.PORT),
      env: { ...env, DATABASE_URL: undefined, SECRET: undefined },
    });
    await goThrough(server, env);
    await server.stop();
    expect((await command(env, 'list')).out).toMatch(/^billing {2}revoked/);
  }, 180_000);
});

describe('a command that cannot be carried out says why, and exits with 1', () => {
  let env: Record<string, string>;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await createTestDatabase(inject('databaseUrl'));
    env = { DATABASE_URL: database.url, SECRET: randomBytes(32).toString('base64url') };
    drop = database.drop;
  });
  afterAll(async () => {
    await drop();
    await cleanUp();
  });

  test.each([
    [[], /^Usage:/],
    [['make', 'billing'], /^Usage:/],
    [['create'], /^Usage:/],
    [['list', 'billing'], /^Usage:/],
    [['create', 'billing', 'more'], /^Usage:/],
    [['create', 'billing', '--admin'], /--admin[\s\S]*Usage:/],
    [['create', 'Billing Department'], /lower-case letters/],
    [['create', 'billing', '--scopes', 'users:write'], /Give at least one of users:read, sessions:revoke/],
    [['rotate', 'nobody'], /There is no service account nobody/],
    [['rotate', 'nobody', '--overlap-hours', 'many'], /90 days at most/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await command(env, ...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/ at .*\.[jt]s/);
  });

  test('no database, and no good configuration', async () => {
    expect(await command({ ...env, DATABASE_URL: 'postgres://localhost:1/none' }, 'list')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('DATABASE_URL cannot be reached'),
    });
    expect(await command({ ...env, SECRET: 'short' }, 'list')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('SECRET') });
  });
});
