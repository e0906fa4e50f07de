import { createAuthClient, memoryTokenStore, refusalOf } from '@latchkey/auth-client';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { browserFetch } from '../../../packages/auth-client/test/browser-fetch.ts';
import { openBrowser } from '../../auth-server/test/browser.ts';
import { newPerson } from '../../auth-server/test/person.ts';
import { startTestServer, type TestServer } from '../../auth-server/test/start-server.ts';
import type { AppRouter } from '../src/merged/app-router.ts';

let server: TestServer;
let database: TestDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  const main = new URL('../dist/merged/main.js', import.meta.url).href;
  server = await startTestServer({ databaseUrl: database.url, program: `await import(${JSON.stringify(main)})` });
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  expect(await server.stop()).toBe(0);
  await database.drop();
});

/** Somebody with an account, and clients of the two kinds: one client calls both, `auth` and `notes`. */
async function newWriter() {
  const { browser, email, username, password } = newPerson(server.url);
  await browser.call('registration.register', { email, username, password });
  const token = await browser.mailedToken('verify-email', email);
  await browser.call('registration.verifyEmail', { token });
  const byCookie = createAuthClient<AppRouter>({ url: server.url, fetch: browserFetch(server.url) });
  const byToken = createAuthClient<AppRouter>({ url: server.url, credentials: 'token', tokenStore: memoryTokenStore() });
  for (const client of [byCookie, byToken]) await client.auth.login.mutate({ identifier: email, password });
  return { username, cookie: byCookie, token: byToken };
}

const refused = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => refusalOf(error)?.reason,
  );

describe.each(['cookie', 'token'] as const)('by %s', (kind) => {
  test('the same API: a person’s notes are theirs only, and shared ones show a name', async () => {
    const [ada, bob] = [await newWriter(), await newWriter()];
    const notes = ada[kind].notes;
    const note = await notes.add.mutate({ text: '  mine ' });
    expect(note).toEqual({ id: note.id, text: 'mine', isShared: false, createdAt: expect.any(Date) });
    await notes.add.mutate({ text: 'for everybody', isShared: true });
    expect((await notes.list.query()).map(({ text }) => text)).toEqual(['for everybody', 'mine']);
    expect(await bob[kind].notes.list.query()).toEqual([]);
    const shared = await bob[kind].notes.shared.query();
    expect([shared[0]?.text, shared[0]?.author]).toEqual(['for everybody', ada.username]);
    expect(shared.map(({ id }) => id)).not.toContain(note.id);
    expect(await refused(bob[kind].notes.remove.mutate({ id: note.id }))).toBe('not_found');
    expect(await notes.remove.mutate({ id: note.id })).toEqual({ status: 'removed' });
    expect(await refused(notes.add.mutate({ text: 'x'.repeat(501) }))).toBe('invalid_input');
  });

  test('who logs out is a stranger at once', async () => {
    const writer = await newWriter();
    await writer[kind].auth.logout.mutate();
    expect(await refused(writer[kind].notes.list.query())).toBe('not_authenticated');
  });

  test('an account that is deleted takes its notes along, and leaves those of others', async () => {
    const [ada, bob] = [await newWriter(), await newWriter()];
    await bob[kind].notes.add.mutate({ text: 'stays' });
    const { id } = await ada[kind].notes.add.mutate({ text: 'goes' });
    expect(await ada[kind].auth.deleteUser.mutate()).toEqual({ status: 'deleted' });
    expect(await sql`select from public.note where id = ${id}`).toHaveLength(0);
    expect(await bob[kind].notes.list.query()).toHaveLength(1);
  });
});

test('a session that is ended ends here at once: nothing is offline in one process', async () => {
  const { cookie, token } = await newWriter();
  await cookie.auth.sessions.revokeOthers.mutate();
  expect(await refused(token.notes.list.query())).toBe('not_authenticated');
});

test('a form of another site writes nothing', async () => {
  const writer = newPerson(server.url);
  const { browser, email, password } = writer;
  await browser.call('registration.register', { email, password });
  await browser.call('registration.verifyEmail', { token: await browser.mailedToken('verify-email', email) });
  expect((await browser.call('notes.add', { text: 'mine' })).status).toBe(200);
  const planted = await browser.call('notes.add', { text: 'planted' }, { origin: 'https://evil.example' });
  expect([planted.status, planted.error?.reason]).toEqual([403, 'origin_refused']);
  expect((await openBrowser(server.url).call('notes.add', { text: 'by nobody' })).error?.reason).toBe('not_authenticated');
});
