import { randomBytes } from 'node:crypto';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { RootSecret } from '../host.ts';
import { defaultPolicy } from '../policy.ts';
import * as schema from '../schema.ts';
import { deriveKeys } from '../secret/derived-keys.ts';
import { type ManualClock, manualClock } from '../testing/manual-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';

const hour = 3600;
const day = 24 * hour;
const random = { bytes: (length: number) => randomBytes(length) };
const secretOf = (id: string): RootSecret => ({ id, secret: randomBytes(32).toString('base64url') });
const first = secretOf('first');

let database: TestDatabase;
let client: postgres.Sql;
let statements: string[];
let clock: ManualClock;
let one: SigningKeys;
let another: SigningKeys;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  client = postgres(database.url, { max: 10, onnotice: () => {} });
  // Every connection open from the start: those that race begin together.
  for (const connection of await Promise.all(Array.from({ length: 10 }, () => client.reserve()))) connection.release();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(async () => {
  await client`truncate latchkey.signing_key`;
  clock = manualClock();
  one = processWith([first]);
  another = processWith([first]);
  await one.rotate();
  await another.rotate();
  statements = [];
});

const logger = { logQuery: (query: string) => void statements?.push(query) };
const db = () => drizzle(client, { schema, logger });
const readings = () => statements.filter((statement) => statement.startsWith('select')).length;

/** What one server process holds of the shared keys. */
function processWith(secrets: [RootSecret, ...RootSecret[]]): SigningKeys {
  return createSigningKeys(db(), deriveKeys(secrets, random), clock, defaultPolicy.signingKey);
}

const kidsOf = async (keys: SigningKeys) => (await keys.jwks()).keys.map(({ kid }) => kid);
const currentOf = async (keys: SigningKeys) => (await keys.current(db())).id;

test('several processes that start together make one key between them (R-TOK-13)', async () => {
  await client`truncate latchkey.signing_key`;
  const started = await Promise.all(Array.from({ length: 8 }, () => processWith([first]).rotate()));
  expect(started.filter((made) => made)).toHaveLength(1);
});

test('the next key is published a day before it signs, and the one before for an hour after (R-TOK-13)', async () => {
  const old = await currentOf(one);
  clock.advance(89 * day - 1);
  expect(await one.rotate()).toBe(false);
  clock.advance(1);
  expect(await one.rotate()).toBe(true);
  expect(await another.rotate()).toBe(false);
  const next = (await kidsOf(one)).find((kid) => kid !== old) ?? '';
  expect(await kidsOf(another)).toEqual([old, next]);
  clock.advance(day - 1);
  expect(await currentOf(one)).toBe(old);
  clock.advance(1);
  expect(await currentOf(one)).toBe(next);
  clock.advance(hour - 1);
  await one.rotate();
  expect(await kidsOf(another)).toEqual([old, next]);
  clock.advance(1);
  await one.rotate();
  expect(await kidsOf(one)).toEqual([next]);
});

test('a process that slept through a rotation knows the new key in every one of its parallel calls (R-TOK-13)', async () => {
  clock.advance(89 * day);
  await kidsOf(another);
  await one.rotate();
  clock.advance(day);
  const kid = await currentOf(one);
  const found = await Promise.all(Array.from({ length: 20 }, () => another.publicKey(kid)));
  expect(found.every((key) => key !== null)).toBe(true);
});

test('a process that slept through a rotation signs with no key that is gone (R-TOK-13)', async () => {
  clock.advance(89 * day);
  await currentOf(another);
  await one.rotate();
  clock.advance(2 * day);
  await one.rotate();
  const signing = await Promise.all(Array.from({ length: 20 }, () => currentOf(another)));
  const known = await kidsOf(one);
  for (const kid of signing) expect(known).toContain(kid);
});

test('through two rotations, what any process signs is known to every other until it has expired (R-TOK-13)', async () => {
  const processes = [one, another, processWith([first])];
  const seen = new Set<string>();
  for (let passed = 0, turn = 0; passed < 182 * day; turn += 1) {
    const isNearRotation = (passed + 2 * day) % (90 * day) < 4 * day;
    const step = isNearRotation ? hour : day;
    clock.advance(step - 330);
    const kid = await currentOf(processes[turn % 3] ?? one);
    seen.add(kid);
    await processes[(turn + 1) % 3]?.rotate();
    clock.advance(330);
    const found = await Promise.all(processes.flatMap((process) => [process.publicKey(kid), process.publicKey(kid)]));
    if (found.includes(null)) throw new Error(`${passed / hour} hours: a token was refused`);
    passed += step;
  }
  expect(seen.size).toBe(3);
});

test('signing inside transactions that hold every connection waits for none (R-TOK-13)', async () => {
  const pool = drizzle(client, { schema });
  clock.advance(hour);
  let entered = 0;
  let release = () => {};
  const everybody = new Promise<void>((resolve) => {
    release = resolve;
  });
  const signed = Array.from({ length: 10 }, () =>
    pool.transaction(async (tx) => {
      entered += 1;
      if (entered === 10) release();
      await everybody;
      return (await one.current(tx)).id;
    }),
  );
  const verified = everybody.then(() => one.publicKey('unknown'));
  expect(new Set(await Promise.all(signed)).size).toBe(1);
  expect(await verified).toBeNull();
});

test('an unknown key id is looked up at most once in 30 seconds, by parallel calls too (R-TOK-13)', async () => {
  const known = await currentOf(one);
  clock.advance(31);
  statements = [];
  expect(await Promise.all(Array.from({ length: 20 }, (_, index) => one.publicKey(`unknown ${index % 5}`)))).toEqual(Array(20).fill(null));
  expect(readings()).toBe(1);
  clock.advance(30);
  await one.publicKey('unknown');
  expect(readings()).toBe(1);
  clock.advance(1);
  await one.publicKey('unknown');
  expect(readings()).toBe(2);
  expect(await one.publicKey(known)).not.toBeNull();
  expect(readings()).toBe(2);
});

test('a reading that failed is not remembered as one, and the key set is served from what is known (R-TOK-13)', async () => {
  const kids = await kidsOf(one);
  clock.advance(10 * 60);
  await client`alter table latchkey.signing_key rename to away`;
  try {
    await expect(one.publicKey('unknown')).rejects.toThrow();
    expect(await kidsOf(one)).toEqual(kids);
    await expect(processWith([first]).jwks()).rejects.toThrow();
  } finally {
    await client`alter table latchkey.away rename to signing_key`;
  }
  statements = [];
  await one.publicKey('unknown');
  expect(readings()).toBe(1);
});

test('what is published holds public parts only (R-TOK-13)', async () => {
  const { keys } = await one.jwks();
  const [row] = await client`select * from latchkey.signing_key`;
  expect(keys).toEqual([
    { kty: 'OKP', crv: 'Ed25519', x: expect.stringMatching(/^[\w-]{43}$/), kid: row?.['id'], use: 'sig', alg: 'EdDSA' },
  ]);
  expect(row?.['sealed_private_key']).toMatch(/^s1\$first\$/);
  expect(JSON.stringify(row?.['public_jwk'])).not.toContain('"d"');
});

test('private parts move under the new root secret, so that the old one can be given up (R-TOK-13)', async () => {
  const kid = await currentOf(one);
  const second = secretOf('second');
  const both = processWith([second, first]);
  await both.rotate();
  expect(await currentOf(both)).toBe(kid);
  const alone = processWith([second]);
  await alone.rotate();
  expect(await currentOf(alone)).toBe(kid);
  await expect(currentOf(processWith([first]))).rejects.toThrow('root secret');
});
