import { type Database, isDatabaseUnavailable, openDatabase } from '@latchkey/user-core';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openTransactionPooler, type TransactionPooler } from '../transaction-pooler.ts';

let testDatabase: TestDatabase;
let pooler: TransactionPooler;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('databaseUrl'));
  pooler = await openTransactionPooler(testDatabase.url, 4);
  database = await openDatabase(pooler.url);
});
afterAll(async () => {
  await database.close();
  await pooler.close();
  await testDatabase.drop();
});

const limits = sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
  current_setting('idle_in_transaction_session_timeout') as idle`;

test('behind a pooler that refuses start-up settings every statement and every transaction has its limits (R-STO-05)', async () => {
  const found = await Promise.all([
    ...Array.from({ length: 12 }, () => database.db.execute(limits)),
    ...Array.from({ length: 12 }, () => database.db.transaction((tx) => tx.execute(limits))),
  ]);
  for (const [row] of found) expect(row).toEqual({ statement: '5s', lock: '2s', idle: '10s' });
  expect(pooler.peak()).toBeLessThanOrEqual(4);
  expect(pooler.handovers()).toBeGreaterThan(4);
});

test('behind a pooler a statement that takes too long is ended (R-STO-05)', async () => {
  await expect(database.db.execute(sql`select pg_sleep(60)`)).rejects.toSatisfy(isDatabaseUnavailable);
});

test('a transaction stays on one connection, and one that failed leaves nothing to the next (R-STO-05)', async () => {
  const where = async () =>
    database.db.transaction(async (tx) => {
      const pids = new Set<unknown>();
      for (let count = 0; count < 5; count += 1) {
        const [row] = await tx.execute(sql`select pg_backend_pid() as pid`);
        pids.add(row?.['pid']);
      }
      return pids.size;
    });
  expect(await Promise.all(Array.from({ length: 10 }, where))).toEqual(Array.from({ length: 10 }, () => 1));
  await expect(database.db.transaction((tx) => tx.execute(sql`select 1/0`))).rejects.toThrow();
  expect(await database.db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }]);
});
