import { DrizzleQueryError, sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { type ConnectionOptions, openConnection } from './database/connection.ts';
import { createConnectionPool } from './database/connection-pool.ts';
import { migrateDatabase } from './database/migrate.ts';
import { lazily, type Scope } from './database/transact.ts';
import * as schema from './schema.ts';

/** Drizzle over the tables of the core. */
export type Db = PostgresJsDatabase<typeof schema>;
/** An open transaction on a `Db`. */
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

/** An open pool. `close` waits for what runs, 5 seconds at most. */
export type Database = {
  db: Db;
  migrate(): Promise<void>;
  close(): Promise<void>;
};

/** R-STO-05, in milliseconds: no statement, lock or forgotten transaction may hold others up for long. */
const timeouts = { statement_timeout: 5_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 };
const setTimeouts = Object.entries(timeouts).map(([name, milliseconds]) => `set local ${name} = ${milliseconds}`);

/** The server ends what takes too long; when not even that is heard of, the connection is given up a little later. */
const answerWithinMilliseconds = timeouts.statement_timeout + 500;
const direct: ConnectionOptions = { settings: timeouts, prepare: true, begin: 'begin', answerWithinMilliseconds };
const pooled: ConnectionOptions = { ...direct, settings: {}, prepare: false, begin: ['begin', ...setTimeouts].join('; ') };

/**
 * Opens a pool to any PostgreSQL of version 15 or newer. A transaction pooler (PgBouncer) refuses our start-up settings, or
 * is told to ignore them: that is how it is recognised. Every statement then runs in a transaction, which brings its
 * limits along, and nothing is prepared.
 */
export async function openDatabase(url: string, options: { max?: number } = {}): Promise<Database> {
  const max = options.max ?? 12;
  let pool = openPool(url, direct, max);
  let sessionPooled = true;
  try {
    const [found] = await pool.db.execute<{ value: string }>(sql`select current_setting('statement_timeout') as value`);
    sessionPooled = found?.value === '5s';
  } catch (error) {
    if (!isPoolerRefusal(error)) {
      await pool.close();
      throw databaseError(error) ?? error;
    }
    sessionPooled = false;
  }
  if (!sessionPooled) {
    await pool.close();
    pool = openPool(url, pooled, max);
    await pool.db.execute(sql`select 1`);
  }
  return { db: pool.db, migrate: () => migrateDatabase(url), close: pool.close };
}

function openPool(url: string, connection: ConnectionOptions, max: number): { db: Db; close(): Promise<void> } {
  const pool = createConnectionPool(() => openConnection(url, connection), {
    max,
    maxWaiting: 200,
    maxWaitMilliseconds: 5_000,
    lifetimeMilliseconds: 30 * 60_000,
  });
  const begin = <T>(work: (scope: Scope) => Promise<T>) => pool.use((each) => each.transact(work));
  const unsafe = lazily((...statement) =>
    pool.use((each) => (connection === pooled ? each.transact(({ send }) => send(...statement)) : each.send(...statement))),
  );
  // All that Drizzle asks of a client. The connections have parsers of their own.
  const client = { options: { parsers: {}, serializers: {} }, unsafe, begin } as unknown as postgres.Sql;
  return { db: drizzle(client, { schema }), close: pool.close };
}

const unavailableCodes = new Set([
  // Ours, the driver's and the system's.
  'CONNECTION_LOST',
  'POOL_FULL',
  'POOL_WAIT',
  'POOL_CLOSED',
  'DEADLINE',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // PostgreSQL's: no connection or disk left, a lock or an answer that did not come in time, a server that starts, stops or
  // ended us, and transactions that met.
  '53300',
  '53100',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '25P04',
  '40001',
  '40P01',
]);

/** True when the database is away, full or too slow: the caller may try again, nothing is broken. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = databaseError(error)?.code;
  return code !== undefined && (unavailableCodes.has(code) || code.startsWith('08'));
}

/** The name of the unique constraint that a statement ran into, or null when it failed for another reason. */
export function violatedConstraint(error: unknown): string | null {
  const cause = databaseError(error);
  return cause?.code === '23505' ? (cause.constraint_name ?? null) : null;
}

function isPoolerRefusal(error: unknown): boolean {
  const cause = databaseError(error);
  return cause instanceof Error && /unsupported startup parameter/i.test(cause.message);
}

function databaseError(error: unknown): (Error & { code?: string; constraint_name?: string }) | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? (cause as Error & { code?: string; constraint_name?: string }) : null;
}
