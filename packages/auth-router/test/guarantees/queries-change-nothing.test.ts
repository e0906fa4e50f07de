import { createServiceAccount } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createAuthRouter, describeProcedures } from '../../src/auth-router.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;
let service: TestBrowser;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  person = await signedInPerson(router);
  // Things that a query could use up by mistake.
  await router.browser().call('registration.register', { email: 'pending@example.com', password: 'a fine pass phrase' });
  await router.browser().call('password.requestReset', { email: person.email });
  router.clock.advance(6 * 60);
  service = router.browser();
  const { key } = await createServiceAccount(router.core, { name: 'reports', scopes: ['users:read'] });
  const exchanged = await service.call<{ accessToken: string }>('auth.serviceToken', { serviceKey: key });
  service.bearer = exchanged.data?.accessToken ?? null;
});
afterAll(() => router.close());

const queries = () => describeProcedures(createAuthRouter({ core: router.core }).authRouter).filter(({ type }) => type === 'query');

/** Everything that is stored, but for when a session was last seen: seeing it is what a query does. */
async function contents(): Promise<Record<string, unknown>> {
  const { db } = router.core;
  const tables = await db.execute<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'latchkey' order by 1",
  );
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    const rows = await db.execute<Record<string, unknown>>(`select * from latchkey."${name}" order by 1`);
    found[name] = rows.map(({ last_seen_at, idle_expires_at, ...row }) => row);
  }
  return found;
}

test('no query changes what is stored, asked by whoever (R-TRN-04)', async () => {
  const before = await contents();
  const callers = [router.browser(), person.browser, service];
  for (const { path } of queries()) {
    const input = path === 'auth.users.find' ? { emails: [person.email] } : undefined;
    const answers = [];
    for (const caller of callers) answers.push(await caller.call(path, input));
    expect([path, answers.some(({ refusal }) => refusal === null)]).toEqual([path, true]);
  }
  expect(queries().length).toBeGreaterThanOrEqual(4);
  expect(await contents()).toEqual(before);
});

test('no query takes a secret, so none is in a URL (R-TRN-04)', () => {
  for (const { path, input } of queries()) expect(`${path} ${JSON.stringify(input)}`).not.toMatch(/password|token|key|secret|code/i);
});

test('everything that consumes a token or changes something is a mutation (R-TRN-04)', () => {
  const harmless = /^auth\.(session|user|sessions\.list|users\.find)$|^social\.(providers|accounts)$/;
  expect(queries().filter(({ path }) => !harmless.test(path))).toEqual([]);
});
