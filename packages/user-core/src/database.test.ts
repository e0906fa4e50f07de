import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { withDeadline } from './database/deadline.ts';
import { type Database, type Db, isDatabaseUnavailable, openDatabase, type Transaction } from './database.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

let testDatabase: TestDatabase;
let database: Database;
let db: Db;

beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('databaseUrl'));
  database = await openDatabase(testDatabase.url, { max: 2 });
  db = database.db;
  await db.execute(sql`create table public.note (id int primary key, words text[], at timestamptz)`);
});
beforeEach(async () => {
  await db.execute(sql`delete from public.note`);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const add = (on: Db | Transaction, id: number) => on.execute(sql`insert into public.note (id) values (${id})`);
const ids = async () => (await db.execute<{ id: number }>(sql`select id from public.note order by id`)).map(({ id }) => id);

test('two hundred may wait for a connection, and whoever comes then is turned away at once (R-STO-06)', async () => {
  const asked = Array.from({ length: 260 }, () => db.execute(sql`select pg_sleep(0.02)`));
  const settled = await Promise.allSettled(asked);
  const refused = settled.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(58);
  expect(refused.every(({ reason }) => isDatabaseUnavailable(reason))).toBe(true);
});

test('nobody waits longer than five seconds for a connection (R-STO-06)', async () => {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const holders = [1, 2].map(() => db.transaction(() => held));
  const waited = db.execute(sql`select 1`);
  await expect(waited).rejects.toSatisfy(isDatabaseUnavailable);
  letGo();
  await Promise.all(holders);
  expect(await ids()).toEqual([]);
});

test('what waits for a connection beyond its deadline is dropped, and never sent (R-STO-06)', async () => {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const holders = [1, 2].map(() => db.transaction(() => held));
  await expect(withDeadline(50, () => add(db, 1))).rejects.toSatisfy(isDatabaseUnavailable);
  const patient = withDeadline(60_000, () => add(db, 2));
  letGo();
  await Promise.all([...holders, patient]);
  expect(await ids()).toEqual([2]);
});

test('a transaction that is not over by its deadline sends nothing more, and is rolled back (R-STO-06)', async () => {
  const late = withDeadline(100, () =>
    db.transaction(async (tx) => {
      await add(tx, 1);
      await tx.execute(sql`select pg_sleep(0.2)`);
      await add(tx, 2);
    }),
  );
  await expect(late).rejects.toSatisfy(isDatabaseUnavailable);
  const unfinished = withDeadline(100, () =>
    db.transaction(async (tx) => {
      await add(tx, 3);
      await tx.execute(sql`select pg_sleep(0.2)`);
    }),
  );
  await expect(unfinished).rejects.toSatisfy(isDatabaseUnavailable);
  await expect(withDeadline(60_000, () => withDeadline(-1, () => add(db, 4)))).rejects.toSatisfy(isDatabaseUnavailable);
  expect(await ids()).toEqual([]);
});

test('a transaction is kept or lost as a whole', async () => {
  await db.transaction(async (tx) => {
    await Promise.all([add(tx, 1), add(tx, 2), add(tx, 3)]);
  });
  await expect(
    db.transaction(async (tx) => {
      await add(tx, 4);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  expect(await ids()).toEqual([1, 2, 3]);
});

test('a transaction in which a statement failed does not pass for a kept one', async () => {
  const attempt = db.transaction(async (tx) => {
    await add(tx, 1);
    await add(tx, 1).catch(() => null);
  });
  await expect(attempt).rejects.toMatchObject({ code: '23505' });
  expect(await ids()).toEqual([]);
});

test('a transaction in a transaction can be lost alone', async () => {
  await db.transaction(async (tx) => {
    await add(tx, 1);
    await tx
      .transaction(async (inner) => {
        await add(inner, 2);
        await add(inner, 1);
      })
      .catch(() => null);
    await tx.transaction((inner) => add(inner, 3));
  });
  expect(await ids()).toEqual([1, 3]);
});

test('when its connection is lost, the rest of a transaction does not happen outside of it (R-STO-06)', async () => {
  const attempt = db.transaction(async (tx) => {
    await add(tx, 1);
    const [me] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await db.execute(sql`select pg_terminate_backend(${me?.pid ?? 0}, 5000)`);
    await add(tx, 2).catch(() => null);
    await add(tx, 3);
  });
  await expect(attempt).rejects.toSatisfy(isDatabaseUnavailable);
  expect(await ids()).toEqual([]);
});

test('a transaction cannot be used after its end', async () => {
  let kept: Transaction | null = null;
  await db.transaction(async (tx) => {
    kept = tx;
    await add(tx, 1);
  });
  await expect(add(kept as unknown as Transaction, 2)).rejects.toThrow();
  expect(await ids()).toEqual([1]);
});
