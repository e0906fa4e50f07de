import { defaultPolicy, purge } from '@latchkey/user-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeEach(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true, limits: generous() } });
});
afterEach(() => router.close());

const hour = 3600;
const day = 24 * hour;

/** By table: how a row of an age is made, and how old it may get. The age counts from the column that ends it, in seconds. */
const lives = {
  registration: {
    keep: 0,
    row: (at: string) => [
      `email, email_canonical, first_name, last_name, fields, password_hash, browser_hash, created_at, expires_at`,
      `'a@b.c', 'a@b.c', '', '', '{}', '', '\\x00', now(), ${at}`,
    ],
  },
  device: {
    keep: 0,
    row: (at: string) => [
      'user_id, token_hash, created_at, expires_at',
      `(select id from latchkey."user" limit 1), sha256(random()::text::bytea), now(), ${at}`,
    ],
  },
  session: {
    keep: 30 * day,
    row: (at: string) => [
      'user_id, created_at, last_seen_at, authenticated_at, idle_expires_at, expires_at, methods',
      `(select id from latchkey."user" limit 1), now(), now(), now(), ${at}, ${at}, '{}'`,
    ],
  },
  mail: { keep: 7 * day, row: (at: string) => ['kind, created_at, next_attempt_at, sent_at', `'test', now(), now(), ${at}`] },
  event: {
    keep: 7 * day,
    row: (at: string) => ['user_id, type, data, occurred_at, delivered_at', `gen_random_uuid(), 'test', '{}', now(), ${at}`],
  },
  audit: { keep: 180 * day, row: (at: string) => ['event, result, occurred_at', `'test', 'ok', ${at}`] },
  limit: { keep: day, row: (at: string) => ['points, expire', `1, ${at}`] },
} satisfies Record<string, { keep: number; row: (at: string) => string[] }>;

const keyOf = (table: string) =>
  table === 'limit' ? { name: 'key', value: 'gen_random_uuid()::text' } : { name: 'id', value: 'gen_random_uuid()' };

test('whatever the ages of rows, the purge removes those that are over and no other (R-STO-09)', async () => {
  await signedInPerson(router);
  const now = router.clock.now().getTime();
  const ages = fc.array(fc.integer({ min: -200 * day, max: 400 * day }), { minLength: 1, maxLength: 12 });
  const property = fc.asyncProperty(fc.constantFrom(...(Object.keys(lives) as (keyof typeof lives)[])), ages, async (table, each) => {
    const { row, keep } = lives[table];
    const key = keyOf(table);
    const hasOwnKey = table === 'event' || table === 'audit';
    const inserted: { key: string; isOver: boolean }[] = [];
    for (const age of each) {
      const [columns, values] = row(`'${new Date(now - age * 1000).toISOString()}'::timestamptz`);
      const [made] = await rows(
        router,
        `insert into latchkey."${table}" (${hasOwnKey ? '' : `${key.name}, `}${columns}) values (${hasOwnKey ? '' : `${key.value}, `}${values}) returning ${key.name}::text as key`,
      );
      inserted.push({ key: String(made?.['key']), isOver: age > keep });
    }
    await purge(router.core);
    const left = new Set(
      (await rows(router, `select ${key.name}::text as key from latchkey."${table}"`)).map((found) => String(found['key'])),
    );
    expect(inserted.filter((made) => left.has(made.key) === made.isOver)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 40 });
});

test('an ended session goes thirty days after its end, and what is pending, unsent or untold stays (R-STO-09)', async () => {
  const person = await signedInPerson(router);
  await person.browser.call('auth.logout');
  await person.browser.call('registration.register', newDetails());
  router.clock.advance(29 * day);
  await purge(router.core);
  expect(await rows(router, 'select from latchkey.session where ended_at is not null')).toHaveLength(1);
  router.clock.advance(2 * day);
  await purge(router.core);
  expect(await rows(router, 'select from latchkey.session where ended_at is not null')).toEqual([]);
  expect((await rows(router, 'select from latchkey.event where delivered_at is null')).length).toBeGreaterThan(0);
  expect((await rows(router, 'select from latchkey.mail where sent_at is null and failed_at is null')).length).toBeGreaterThan(0);
});

test('a great number goes in batches, so that none holds its locks for long (R-STO-09)', async () => {
  await rows(router, `create table public.removed (count int)`);
  await rows(
    router,
    `create function public.note_removed() returns trigger language plpgsql as $$
    begin insert into public.removed select count(*) from gone; return null; end $$`,
  );
  await rows(
    router,
    `create trigger note_removed after delete on latchkey."limit" referencing old table as gone
    for each statement execute function public.note_removed()`,
  );
  await rows(
    router,
    `insert into latchkey."limit" (key, points, expire) select n::text, 1, now() - interval '2 days' from generate_series(1, 2500) n`,
  );
  expect(await purge(router.core)).toBe(2500);
  expect(await rows(router, 'select count from public.removed where count > 0')).toEqual([
    { count: 1000 },
    { count: 1000 },
    { count: 500 },
  ]);
});

test('one kind of row that cannot be removed does not keep the others (R-STO-09)', async () => {
  await rows(router, `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`);
  await rows(router, 'create trigger refuse before delete on latchkey.registration for each row execute function public.refuse()');
  await router.browser().call('registration.register', newDetails());
  await rows(router, `insert into latchkey."limit" (key, points, expire) values ('x', 1, now() - interval '9 days')`);
  router.clock.advance(2 * day);
  await purge(router.core);
  expect(await rows(router, `select from latchkey."limit" where key = 'x'`)).toEqual([]);
});

test('a flood of registrations and of logins of strangers leaves nothing that stays (R-STO-09)', async () => {
  const flooded = newDetails();
  for (let count = 0; count < 12; count += 1)
    await router.browser().call('registration.register', { ...flooded, username: `${flooded.username}-${count}` });
  expect((await rows(router, `select from latchkey.registration where email_canonical = '${flooded.email}'`)).length).toBeLessThanOrEqual(
    5,
  );
  for (let count = 0; count < 25; count += 1) {
    await router.browser().call('registration.register', newDetails());
    await router.browser().call('auth.login', { identifier: `nobody${count}@example.com`, password: 'a guess' });
  }
  router.clock.advance(100 * day);
  await purge(router.core);
  for (const table of ['registration', 'one_time_token', 'limit'])
    expect(await rows(router, `select from latchkey."${table}"`)).toEqual([]);
});

/** The defaults, for an address that floods. */
function generous(): typeof defaultPolicy.limits {
  const limits = structuredClone(defaultPolicy.limits);
  for (const limit of Object.values(limits)) for (const window of [...limit.ip, ...limit.account]) window.points = 10_000;
  return limits;
}
