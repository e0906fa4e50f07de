import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import postgres from 'postgres';
import { afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { compileProgram } from '../compile-program.ts';
import { newPerson, type Person } from '../person.ts';
import { startTestServer, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

const secret = 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1';
let program: string;
let database: TestDatabase;
let folder: string;
let sql: postgres.Sql;

beforeAll(() => {
  program = compileProgram('newspaper');
});
beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  folder = mkdtempSync(join(tmpdir(), 'latchkey-newspaper-'));
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});
afterEach(async () => {
  await sql.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const diary = () => join(folder, 'diary');
const start = (env: Record<string, string> = {}): Promise<TestServer> =>
  startTestServer({ databaseUrl: database.url, program, env: { SECRET: secret, DIARY: diary(), ...env } });

type Entry = { event: string; id: number; userId: string; data: Record<string, unknown> };
function entries(): Entry[] {
  if (!existsSync(diary())) return [];
  const lines = readFileSync(diary(), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
const heard = () => entries().map(({ event }) => event);

async function signedInReader(url: string, fields: object = {}): Promise<Person> {
  const person = newPerson(url);
  const { browser, email, password } = person;
  await browser.call('registration.register', { email, password, fields });
  const token = await browser.mailedToken('verify-email', email);
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
  return person;
}

test('procedures, fields, hooks, own tables, events, own words and the policy are those of the application', async () => {
  const server = await start();
  const { browser, email, password } = await signedInReader(server.url, { newsletter: true });
  expect((await browser.query('auth.user')).data).toMatchObject({ email, fields: { newsletter: true } });
  expect((await browser.query('reader.newsletter')).data).toBe('weekly');
  expect((await openBrowser(server.url).query('reader.newsletter')).error?.reason).toBe('not_authenticated');
  const unknown = await browser.call('auth.updateUser', { fields: { newsletter: false, editor: true } });
  expect(unknown.error).toMatchObject({ reason: 'invalid_input', fields: [{ path: 'fields.editor' }] });

  const editor = await browser.call('registration.register', { email: 'editor@example.com', password });
  expect(editor.error).toMatchObject({ reason: 'invalid_input', fields: [{ code: 'editors_are_known' }] });
  const short = await browser.call('registration.register', { email: 'short@example.com', password: 'elevensigns' });
  expect(short.error).toMatchObject({ reason: 'weak_password', fields: [{ code: 'too_short' }] });

  const [mail] = await browser.mails();
  expect(mail).toMatchObject({ to: email, subject: 'Your first issue of The Daily Latch' });
  expect(mail?.text).toContain('read on without an account');
  expect(mail?.html).toContain('One click, until');

  for (let count = 0; count < 2; count += 1) await openBrowser(server.url).call('auth.login', { identifier: email, password });
  expect((await browser.query('auth.session')).data).toBeNull();
  expect(await sql`select from public.reader`).toHaveLength(1);
  const again = openBrowser(server.url);
  await again.call('auth.login', { identifier: email, password });
  expect((await again.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  expect(await sql`select from public.reader`).toHaveLength(0);
  await until(() => heard().includes('user.deleted'));
  expect(heard().slice(0, 3)).toEqual(['user.registered', 'user.email_verified', 'user.logged_in']);
  expect(entries().at(-1)).toMatchObject({ event: 'user.deleted', data: { email } });
  expect(await server.stop()).toBe(0);
});

test('an event that a killed process was told of is told again by the next one, in its place', async () => {
  const first = await start({ HESITATE: 'yes' });
  const { browser } = await signedInReader(first.url);
  await until(() => heard().includes('user.logged_in'));
  await browser.call('auth.sessions.revokeOthers');
  await browser.call('auth.logout');
  await first.kill();
  const before = entries();
  expect(before.map(({ event }) => event)).not.toContain('session.revoked');

  // Its claim is for a minute; nobody waits for that here.
  await sql`update latchkey.event set claimed_until = now() - interval '1 second' where delivered_at is null`;
  const second = await start();
  await until(() => heard().includes('session.revoked'));
  const after = entries().slice(before.length);
  expect(after.map(({ event }) => event)).toEqual(['user.logged_in', 'session.revoked']);
  expect(after[0]?.id).toBe(before.at(-1)?.id);
  await until(async () => (await sql`select from latchkey.event where delivered_at is null`).length === 0);
  expect(await second.stop()).toBe(0);
});

test('two processes of an application start at once, and each event is told by one of them', async () => {
  const shared = { PUBLIC_URL: 'http://localhost' };
  const [one, other] = await Promise.all([start(shared), start(shared)]);
  const people = [newPerson(one.url, shared.PUBLIC_URL), newPerson(other.url, shared.PUBLIC_URL)];
  for (const { browser, email, password } of people) {
    await browser.call('registration.register', { email, password });
    const token = await browser.mailedToken('verify-email', email);
    await browser.call('registration.verifyEmail', { token });
  }
  await until(() => heard().filter((event) => event === 'user.logged_in').length === 2);
  const ids = entries().map(({ id }) => id);
  expect(ids).toHaveLength(new Set(ids).size);
  for (const userId of new Set(entries().map((entry) => entry.userId))) {
    const events = entries().filter((entry) => entry.userId === userId);
    expect(events.map(({ event }) => event)).toEqual(['user.registered', 'user.email_verified', 'user.logged_in']);
  }
  expect(await Promise.all([one.stop(), other.stop()])).toEqual([0, 0]);
});
