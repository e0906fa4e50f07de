import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';
import { openSmtpSink, type SmtpSink } from '../smtp-sink.ts';
import { until } from '../until.ts';

let sink: SmtpSink;
let server: OwnServer;
let sql: postgres.Sql;

/** Whatever was handed out or typed that opens something, and every procedure that was called. */
const secrets = new Set<string>();
const called = new Set<string>();

beforeAll(async () => {
  sink = await openSmtpSink();
  server = await openOwnServer(inject('databaseUrl'), { SMTP_URL: sink.url, MAIL_FROM: 'no-reply@example.test' });
  sql = postgres(server.database.url, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await server.close();
  await sink.close();
});

test('a dump of every table after a run of every procedure holds nothing that was handed out (R-STO-03)', async () => {
  const { email, username, password } = newPerson(server.url);
  const browser = noting(openBrowser(server.url));
  const first = 'the pass phrase of a first registration';
  // One after the other: mails that are sent at once arrive in any order, and the last of these is the one that counts.
  const arrived = (count: number) => until(() => tokens('verify-email', email).length === count);
  await browser.call('registration.register', { email, username, password: first });
  await arrived(1);
  await browser.call('registration.register', { email, password });
  await arrived(2);
  await browser.call('registration.resendVerification', { email });
  await arrived(3);
  await browser.call('registration.verifyEmail', { token: tokens('verify-email', email).at(-1), password });
  await browser.query('auth.session');
  await browser.query('auth.user');
  await browser.call('auth.updateUser', { firstName: 'Ada' });
  await browser.call('auth.reauthenticate', { password });
  await browser.call('password.set', { newPassword: 'one that is not wanted' });
  const changed = 'the pass phrase after a change';
  await browser.call('password.change', { currentPassword: password, newPassword: changed });
  const moved = `moved-${email}`;
  await browser.call('registration.requestEmailChange', { email: moved });
  await browser.call('registration.confirmEmailChange', { token: await sink.mailedToken('confirm-email-change', moved) });

  const app = noting(openBrowser(server.url, { headers: { 'x-latchkey-credentials': 'token' } }));
  const loggedIn = await app.call<Handed>('auth.login', { identifier: moved, password: changed });
  const refreshed = await app.call<Handed['tokens']>('auth.refresh', { refreshToken: loggedIn.data.tokens.refreshToken });
  await app.call('auth.verifyToken', { token: refreshed.data.accessToken });
  const bearer = { authorization: `Bearer ${refreshed.data.accessToken}` };
  await app.query('auth.sessions.list', undefined, bearer);
  await app.call('auth.sessions.revoke', { sessionId: loggedIn.data.session.id }, bearer);
  await browser.call('auth.sessions.revokeOthers');

  const serviceKey = makeServiceKey();
  const service = await app.call<Handed['tokens']>('auth.serviceToken', { serviceKey });
  const asService = { authorization: `Bearer ${service.data.accessToken}` };
  await app.query('auth.users.find', { emails: [moved] }, asService);
  await app.call('auth.users.revokeSessions', { userId: loggedIn.data.user.id }, asService);

  await app.call('password.requestReset', { email: moved });
  const reset = 'the pass phrase after a reset';
  await app.call('password.confirmReset', { token: await sink.mailedToken('reset-password', moved), newPassword: reset });
  await browser.call('auth.login', { identifier: moved, password: 'a wrong guess of somebody' });
  await browser.call('auth.login', { identifier: moved, password: reset });
  await browser.call('auth.logout');
  await app.call('password.requestReset', { email: moved });
  await until(() => tokens('reset-password', moved).length === 2);
  await until(async () => (await sql`select from latchkey.mail where sent_at is null`).length === 0);
  for (const { text } of sink.mails) for (const [, token] of text.matchAll(/#token=([\w-]+)/g)) secrets.add(token ?? '');

  expect(secrets.size).toBeGreaterThan(20);
  const dumped = await dump();
  // The dump is one that would show them: what may be kept of a secret, its hash, is there.
  const kept = [...secrets].filter((secret) => dumped.includes(createHash('sha256').update(secret).digest('hex')));
  expect(kept.length).toBeGreaterThan(2);
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(dumped.includes(form), `${secret} is in the dump as ${form}`).toBe(false);
  }
  expect(await sql`select from latchkey.mail where sealed is not null`).toHaveLength(0);
  for (const { subject } of sink.mails) expect(dumped).not.toContain(subject);

  await browser.call('auth.login', { identifier: moved, password: reset });
  expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  const documented = [...read('docs/procedures.md').matchAll(/^### ([\w.]+)$/gm)].map(([, path]) => path ?? '');
  expect([...called].sort()).toEqual(documented.filter((path) => !path.startsWith('social.')).sort());
});

type Handed = {
  user: { id: string };
  session: { id: string };
  tokens: { accessToken: string; refreshToken: string };
};

/** The same browser, whose every secret is noted: cookies, tokens in answers, passwords in inputs. */
function noting(browser: Browser): Browser {
  const noted =
    (send: Browser['call']): Browser['call'] =>
    async (path, input, headers) => {
      called.add(path);
      for (const [name, value] of Object.entries(input ?? {})) if (/password/i.test(name)) secrets.add(String(value));
      const answer = await send(path, input, headers);
      if (answer.error && path !== 'password.set' && path !== 'auth.login') throw new Error(`${path}: ${answer.text}`);
      for (const value of browser.cookies.values()) secrets.add(value);
      for (const [, token] of answer.text.matchAll(/"(?:accessToken|refreshToken)":"([^"]+)"/g)) secrets.add(token ?? '');
      return answer as never;
    };
  return { ...browser, call: noted(browser.call), query: noted(browser.query) };
}

/** By its command, as an operator makes one. */
function makeServiceKey(): string {
  const command = fileURLToPath(new URL('../../dist/service-account.js', import.meta.url));
  const env = { PATH: process.env['PATH'], DATABASE_URL: server.database.url, SECRET: server.secret };
  const { stdout } = spawnSync(process.execPath, [command, 'create', 'reports'], { env, encoding: 'utf8' });
  const key = /lka_[\w-]+/.exec(stdout)?.[0] ?? '';
  secrets.add(key);
  return key;
}

function tokens(page: string, to: string): string[] {
  return sink.mails.flatMap((mail) => (mail.to === to ? (new RegExp(`/${page}#token=([\\w-]+)`).exec(mail.text)?.[1] ?? []) : []));
}

/** In clear, and in the ways in which something in clear is written without looking like it. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

/** Every row of every table that anybody made, as text. */
async function dump(): Promise<string> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  expect(tables.length).toBeGreaterThan(15);
  const rows = [];
  for (const { schema, name } of tables) rows.push(...(await sql`select t::text as row from ${sql(schema)}.${sql(name)} t`));
  return rows.map(({ row }) => row).join('\n');
}

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), 'utf8');
}
