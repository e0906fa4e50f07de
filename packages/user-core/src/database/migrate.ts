import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import type postgres from 'postgres';
import { openConnection } from './connection.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const migrationLock = 7_205_759_403;
/** A migration may take its time: none of the limits of everyday work. */
const options = { settings: {}, prepare: false, begin: 'begin', answerWithinMilliseconds: 10 * 60_000 };

/**
 * Brings the tables up to date: forward only, one process at a time, all or nothing. One transaction holds the lock and does
 * the work, because behind a transaction pooler nothing else keeps a connection. Up-to-date tables are left alone, so that
 * only a change of version needs the right to change them.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const connection = openConnection(url, options);
  try {
    await connection.transact(async (scope) => {
      const db = drizzle(scope as unknown as postgres.Sql);
      if (await isUpToDate(db)) return;
      await db.execute(sql`select pg_advisory_xact_lock(${migrationLock}::bigint)`);
      await migrate(db, { migrationsFolder, migrationsSchema: 'latchkey', migrationsTable: 'migration' });
    });
  } finally {
    await connection.close();
  }
}

async function isUpToDate(db: ReturnType<typeof drizzle>): Promise<boolean> {
  const [exists] = await db.execute(sql`select from pg_tables where schemaname = 'latchkey' and tablename = 'migration'`);
  if (!exists) return false;
  const [newest] = await db.execute<{ at: string | null }>(sql`select max(created_at)::text as at from latchkey.migration`);
  return Number(newest?.at ?? 0) >= Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis));
}
