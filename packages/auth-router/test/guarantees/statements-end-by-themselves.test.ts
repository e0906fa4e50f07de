import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

test('every connection has its limits: five seconds for a statement, two for a lock, ten for a forgotten transaction (R-STO-05)', async () => {
  const limits = `select pg_sleep(0.05), current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, pg_backend_pid() as pid`;
  const found = await Promise.all(Array.from({ length: 8 }, () => rows(router, limits)));
  expect(new Set(found.map(([row]) => row?.['pid'])).size).toBeGreaterThan(4);
  for (const [row] of found) expect(row).toMatchObject({ statement: '5s', lock: '2s', idle: '10s' });
});

test('a statement that takes too long is ended, and what waited for its lock had been told to come back (R-STO-05)', async () => {
  const person = await signedInPerson(router);
  // One statement that locks the person's row and does not come to an end by itself.
  const slow = rows(
    router,
    `with held as (select id from latchkey."user" where id = '${person.userId}' for update) select pg_sleep(60) from held`,
  );
  const ended = expect(slow).rejects.toMatchObject({ cause: { code: '57014' } });
  await locked(person.userId);
  expect(await person.browser.refusalOf('auth.updateUser', { firstName: 'Ada' })).toBe('overloaded');
  await ended;
  expect(await person.browser.refusalOf('auth.updateUser', { firstName: 'Ada' })).toBeNull();
});

async function locked(userId: string): Promise<void> {
  const free = `select from latchkey."user" where id = '${userId}' for update skip locked`;
  while ((await rows(router, free)).length > 0);
}
