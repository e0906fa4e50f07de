import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let ada: TestPerson;
let bob: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  ada = await signedInPerson(router);
  bob = await signedInPerson(router);
});
afterAll(() => router.close());

/** SQLSTATE and name of the constraint that refuses a statement; null when nothing does. */
async function refusalOf(text: string): Promise<string | null> {
  try {
    await rows(router, text);
    return null;
  } catch (error) {
    const { code, constraint_name, message } = (error as { cause: { code: string; constraint_name?: string; message: string } }).cause;
    return `${code} ${constraint_name ?? message}`;
  }
}

const unique = (name: string) => `23505 ${name}`;
const check = (name: string) => `23514 ${name}`;
const id = 'gen_random_uuid()';
const soon = `now() + interval '1 hour'`;

/** Whatever code does: what these statements try cannot be stored. */
const forbidden = {
  'a second account of one address': () => [
    `update latchkey."user" set email_canonical = '${ada.email}' where id = '${bob.userId}'`,
    unique('user_email_canonical_unique'),
  ],
  'a second account of one username': () => [
    `update latchkey."user" set username_canonical = '${ada.username}' where id = '${bob.userId}'`,
    unique('user_username_canonical_unique'),
  ],
  'an account without an address': () => [
    `update latchkey."user" set email_canonical = null where id = '${bob.userId}'`,
    '23502 null value in column "email_canonical" of relation "user" violates not-null constraint',
  ],
  'an address longer than any': () => [
    `update latchkey."user" set email_canonical = repeat('a', 255) where id = '${bob.userId}'`,
    check('user_email_length'),
  ],
  'a username that is shown and not compared': () => [
    `update latchkey."user" set username_canonical = null where id = '${bob.userId}'`,
    check('user_username_both'),
  ],
  'two sessions of one secret': () => [
    `insert into latchkey.session (id, user_id, token_hash, created_at, last_seen_at, authenticated_at, idle_expires_at, expires_at, methods)
       select ${id}, user_id, token_hash, now(), now(), now(), ${soon}, ${soon}, '{}' from latchkey.session where token_hash is not null limit 1`,
    unique('session_token_hash_unique'),
  ],
  'a session that ended without a reason': () => [`update latchkey.session set ended_at = now()`, check('session_end')],
  'a session of nobody': () => [
    `insert into latchkey.session (id, user_id, created_at, last_seen_at, authenticated_at, idle_expires_at, expires_at, methods)
       values (${id}, ${id}, now(), now(), now(), ${soon}, ${soon}, '{}')`,
    '23503 session_user_id_user_id_fk',
  ],
  'two devices of one secret': () => [
    `insert into latchkey.device (id, user_id, token_hash, created_at, expires_at)
       select ${id}, user_id, token_hash, now(), ${soon} from latchkey.device limit 1`,
    unique('device_token_hash_unique'),
  ],
  'two tokens of one secret': () => [
    `insert into latchkey.one_time_token (id, purpose, token_hash, user_id, email, created_at, expires_at) values
       (${id}, 'reset_password', '\\x01', '${ada.userId}', 'a@b.c', now(), ${soon}),
       (${id}, 'change_email', '\\x01', '${ada.userId}', 'a@b.c', now(), ${soon})`,
    unique('one_time_token_hash_unique'),
  ],
  'two living tokens for one purpose': () => [
    `insert into latchkey.one_time_token (id, purpose, token_hash, user_id, email, created_at, expires_at) values
       (${id}, 'reset_password', '\\x01', '${ada.userId}', 'a@b.c', now(), ${soon}),
       (${id}, 'reset_password', '\\x02', '${ada.userId}', 'a@b.c', now(), ${soon})`,
    unique('one_time_token_user_unique'),
  ],
  'a token of nobody': () => [
    `insert into latchkey.one_time_token (id, purpose, token_hash, email, created_at, expires_at)
       values (${id}, 'reset_password', '\\x01', 'a@b.c', now(), ${soon})`,
    check('one_time_token_owner'),
  ],
  'a token for nothing': () => [
    `insert into latchkey.one_time_token (id, purpose, token_hash, user_id, email, created_at, expires_at)
       values (${id}, 'anything', '\\x01', '${ada.userId}', 'a@b.c', now(), ${soon})`,
    check('one_time_token_purpose'),
  ],
  'a service account with a scope nobody knows': () => [
    `insert into latchkey.service_account (id, name, scopes, created_at) values (${id}, 'reports', '{everything}', now())`,
    check('service_account_scopes'),
  ],
  'two service accounts of one name': () => [
    `insert into latchkey.service_account (id, name, scopes, created_at)
       values (${id}, 'reports', '{users:read}', now()), (${id}, 'reports', '{users:read}', now())`,
    unique('service_account_name_unique'),
  ],
  'two service keys of one secret': () => [
    `with made as (insert into latchkey.service_account (id, name, scopes, created_at) values (${id}, 'reports', '{users:read}', now()) returning id)
       insert into latchkey.service_key (id, service_account_id, key_hash, created_at)
       select ${id}, made.id, '\\x01', now() from made, generate_series(1, 2)`,
    unique('service_key_hash_unique'),
  ],
  'a changed past': () => [`update latchkey.audit set event = 'nothing'`, 'P0001 latchkey.audit is append-only'],
  'a removed past': () => ['delete from latchkey.audit', 'P0001 latchkey.audit is append-only'],
  'an emptied past': () => ['truncate latchkey.audit', 'P0001 latchkey.audit is append-only'],
} satisfies Record<string, () => [statement: string, refusal: string]>;

test.each(Object.entries(forbidden))('the schema refuses %s (R-STO-02)', async (_, attempt) => {
  const [statement, refusal] = attempt();
  expect(await refusalOf(statement ?? '')).toBe(refusal);
});

test('what belongs to a person goes with the person, and what outlives them names nobody (R-STO-02)', async () => {
  const person = await signedInPerson(router);
  await person.browser.call('password.requestReset', { email: person.email });
  await rows(router, `delete from latchkey."user" where id = '${person.userId}'`);
  for (const table of ['session', 'device', 'one_time_token', 'mail']) {
    expect(await rows(router, `select from latchkey.${table} where user_id = '${person.userId}'`)).toEqual([]);
  }
});

test('every reference to a person says what becomes of it when they go (R-STO-02)', async () => {
  const rules = await rows(
    router,
    `select conname as name, confdeltype as rule from pg_constraint
      where contype = 'f' and confrelid in ('latchkey."user"'::regclass, 'latchkey.registration'::regclass, 'latchkey.service_account'::regclass)`,
  );
  expect(rules.length).toBeGreaterThan(4);
  expect(rules.filter(({ rule }) => rule !== 'c' && rule !== 'n')).toEqual([]);
});
