import { fileURLToPath } from 'node:url';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import * as schema from './schema.ts';

export type Db = PostgresJsDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

/** An open pool. `close` waits for running statements, 5 seconds at most. */
export type Database = {
  db: Db;
  /** False behind a transaction pooler, where nothing may rely on staying on one connection. */
  sessionPooled: boolean;
  migrate(): Promise<void>;
  close(): Promise<void>;
};

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const migrationLock = 7_205_759_403;
/** R-STO-05: no statement, lock or forgotten transaction may hold others up for long. */
const timeouts = { statement_timeout: 5_000, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 };

/**
 * Opens a pool to any PostgreSQL of version 15 or newer. A transaction pooler (PgBouncer) refuses our start-up
 * parameters; that refusal is how it is recognised, and prepared statements are then left out.
 */
export async function openDatabase(url: string, options: { max?: number } = {}): Promise<Database> {
  const base = {
    max: options.max ?? 12,
    connect_timeout: 5,
    max_lifetime: 1800,
    backoff: () => 0.1 + Math.random() * 0.15,
    onnotice: () => {},
  };
  let client = postgres(url, { ...base, connection: { application_name: 'latchkey', ...timeouts } });
  let sessionPooled = true;
  try {
    await client`select 1`;
  } catch (error) {
    await client.end({ timeout: 1 });
    if (!isPoolerRefusal(error)) throw error;
    client = postgres(url, { ...base, prepare: false });
    sessionPooled = false;
    await client`select 1`;
  }
  return {
    db: drizzle(client, { schema }),
    sessionPooled,
    migrate: () => migrateOnce(url),
    close: () => client.end({ timeout: 5 }),
  };
}

/**
 * Forward only, one process at a time. The lock is held by an open transaction on a connection of its own, because behind a
 * transaction pooler nothing else keeps a connection.
 */
async function migrateOnce(url: string): Promise<void> {
  const client = postgres(url, { max: 2, prepare: false, onnotice: () => {} });
  try {
    await client.begin(async (lock) => {
      await lock`select pg_advisory_xact_lock(${migrationLock}::bigint)`;
      await migrate(drizzle(client), { migrationsFolder, migrationsSchema: 'latchkey', migrationsTable: 'migration' });
    });
  } finally {
    await client.end({ timeout: 5 });
  }
}

function isPoolerRefusal(error: unknown): boolean {
  return error instanceof Error && /unsupported startup parameter/i.test(error.message);
}

/** The name of the unique constraint that a statement ran into, or null when it failed for another reason. */
export function violatedConstraint(error: unknown): string | null {
  const cause = databaseError(error);
  return cause?.code === '23505' ? (cause.constraint_name ?? null) : null;
}

const unavailableCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  '53300',
  '53100',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '25P03',
  '40001',
  '40P01',
]);

/** True when the database is away, full or too slow: the caller may try again, nothing is broken. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = databaseError(error)?.code;
  return code !== undefined && (unavailableCodes.has(code) || code.startsWith('08'));
}

function databaseError(error: unknown): { code?: string; constraint_name?: string } | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? (cause as { code?: string; constraint_name?: string }) : null;
}
