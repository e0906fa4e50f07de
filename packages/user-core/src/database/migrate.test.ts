import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrateDatabase } from './migrate.ts';

const folder = fileURLToPath(new URL('../../migrations', import.meta.url));
const journal: { entries: { tag: string }[] } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'));
const newest = journal.entries.length;

let admin: postgres.Sql;
const names: string[] = [];

beforeAll(() => {
  admin = postgres(inject('databaseUrl'), { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  for (const name of names) await admin`drop database if exists ${admin(name)} with (force)`;
  await admin.end();
});

/** A database with nothing in it, and a connection to it. */
async function emptyDatabase(): Promise<{ url: string; sql: postgres.Sql }> {
  const name = `latchkey_migrations_${process.pid}_${names.length}`;
  names.push(name);
  await admin`create database ${admin(name)}`;
  const url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href;
  return { url, sql: postgres(url, { max: 1, onnotice: () => {} }) };
}

/** Brings a database to an earlier version, by the migrations there were then. */
async function migrateTo(version: number, sql: postgres.Sql): Promise<void> {
  const then = mkdtempSync(join(tmpdir(), 'latchkey-migrations-'));
  cpSync(folder, then, { recursive: true });
  writeFileSync(join(then, 'meta/_journal.json'), JSON.stringify({ ...journal, entries: journal.entries.slice(0, version) }));
  await migrate(drizzle(sql), { migrationsFolder: then, migrationsSchema: 'latchkey', migrationsTable: 'migration' });
  rmSync(then, { recursive: true });
}

/** A row in every table of the first version. */
const firstRows = `
  insert into latchkey."user" (id, email, email_canonical, username, username_canonical, fields, password_hash, created_at, changed_at)
    values ('01900000-0000-7000-8000-000000000001', 'Ada@example.com', 'ada@example.com', 'Ada', 'ada', '{"plan": "free"}', 'a hash', now(), now());
  insert into latchkey.session (id, user_id, token_hash, created_at, last_seen_at, authenticated_at, idle_expires_at, expires_at, methods, ip)
    select gen_random_uuid(), id, '\\x0102', now(), now(), now(), now(), now(), '{pwd,email}', '192.0.2.1' from latchkey."user";
  insert into latchkey.device (id, user_id, token_hash, created_at, expires_at)
    select gen_random_uuid(), id, '\\x0304', now(), now() from latchkey."user";
  insert into latchkey.registration
      (id, email, email_canonical, first_name, last_name, fields, password_hash, browser_hash, created_at, expires_at)
    values (gen_random_uuid(), 'b@example.com', 'b@example.com', '', '', '{}', 'a hash', '\\x05', now(), now());
  insert into latchkey.one_time_token (id, purpose, token_hash, user_id, email, created_at, expires_at)
    select gen_random_uuid(), 'reset_password', '\\x06', id, email, now(), now() from latchkey."user";
  insert into latchkey.one_time_token (id, purpose, token_hash, registration_id, email, created_at, expires_at)
    select gen_random_uuid(), 'verify_email', '\\x07', id, email, now(), now() from latchkey.registration;
  insert into latchkey.mail (id, kind, sealed, user_id, created_at, next_attempt_at)
    select gen_random_uuid(), 'new_device', 'sealed', id, now(), now() from latchkey."user";
  insert into latchkey.event (user_id, type, data, occurred_at) select id, 'user.registered', '{"email": "x"}', now() from latchkey."user";
  insert into latchkey.audit (event, result, user_id, occurred_at) select 'registration', 'ok', id, now() from latchkey."user";
  insert into latchkey."limit" (key, points) values ('a key', 3);
  insert into latchkey.root_secret (id, fingerprint, signing, first_used_at) values ('default', '\\x08', true, now());
  insert into latchkey.signing_key (id, public_jwk, sealed_private_key, created_at, signs_from_at)
    values ('a key', '{"kty": "OKP", "crv": "Ed25519", "x": "x"}', 'sealed', now(), now());`;

type Rows = Record<string, Record<string, unknown>[]>;

async function rowsOf(sql: postgres.Sql): Promise<Rows> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'latchkey' and table_name <> 'migration'`;
  const rows: Rows = {};
  for (const { name } of tables)
    rows[name] = (
      await sql`select to_jsonb(t) as row from latchkey.${sql(name)} t order by coalesce(to_jsonb(t)->>'id', to_jsonb(t)->>'key')`
    ).map(({ row }) => row);
  return rows;
}

/** What the tables are, to the last default, index, constraint and trigger. */
async function shapeOf(sql: postgres.Sql): Promise<unknown[]> {
  const shape = await sql`
    select table_name || '.' || column_name as what, concat_ws(' ', data_type, is_nullable, column_default) as how
      from information_schema.columns where table_schema = 'latchkey'
    union all select indexname, indexdef from pg_indexes where schemaname = 'latchkey'
    union all select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'latchkey'::regnamespace
    union all select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    order by 1, 2`;
  return [...shape];
}

const earlier = journal.entries.slice(0, -1).map(({ tag }, index) => ({ tag, version: index + 1 }));

test.each(earlier)('from $tag everything comes to the newest version, with every row as it was (R-STO-11)', async ({ version }) => {
  const { url, sql } = await emptyDatabase();
  await migrateTo(version, sql);
  await sql.unsafe(firstRows);
  const before = await rowsOf(sql);
  await migrateDatabase(url);

  expect(await sql`select from latchkey.migration`).toHaveLength(newest);
  const after = await rowsOf(sql);
  for (const [table, rows] of Object.entries(before)) {
    if (version === 1) expect(rows).not.toEqual([]);
    expect(after[table]).toMatchObject(rows);
    expect(after[table]).toHaveLength(rows.length);
  }
  const fresh = await emptyDatabase();
  await migrateDatabase(fresh.url);
  expect(await shapeOf(sql)).toEqual(await shapeOf(fresh.sql));
  await sql.end();
  await fresh.sql.end();
});

test('of eight processes that start on an empty database one migrates, and all go on (R-STO-11)', async () => {
  const { url, sql } = await emptyDatabase();
  await Promise.all(Array.from({ length: 8 }, () => migrateDatabase(url)));
  expect(await sql`select from latchkey.migration`).toHaveLength(newest);
  await sql.end();
});

test('of processes that start on an earlier version one migrates, while the old code goes on (R-STO-11)', async () => {
  const { url, sql } = await emptyDatabase();
  await migrateTo(1, sql);
  await sql.unsafe(firstRows);
  await Promise.all([
    ...Array.from({ length: 4 }, () => migrateDatabase(url)),
    ...Array.from({ length: 20 }, () => sql`update latchkey."user" set last_login_at = now() returning id`),
  ]);
  expect(await sql`select from latchkey.migration`).toHaveLength(newest);
  await sql.end();
});

test('tables of a newer version are left alone: the code before it goes on (R-STO-11)', async () => {
  const { url, sql } = await emptyDatabase();
  await migrateDatabase(url);
  await sql`insert into latchkey.migration (hash, created_at) values ('of tomorrow', ${Date.now() + 86_400_000})`;
  const shape = await shapeOf(sql);
  await migrateDatabase(url);
  expect(await shapeOf(sql)).toEqual(shape);
  expect(await sql`select from latchkey.migration`).toHaveLength(newest + 1);
  await sql.end();
});
