import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { openDatabase } from '../database.ts';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));
const templateLock = 5_551_212;

/** A migrated database of its own: cloned from a template in some 30 ms. `drop` ends connections that are still open. */
export type TestDatabase = { url: string; drop(): Promise<void> };

/** Makes a migrated database. `serverUrl` names a superuser of any PostgreSQL of version 15 or newer. */
export async function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const template = `latchkey_template_${migrationsDigest()}`;
  const name = `latchkey_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(serverUrl, async (admin) => {
    // A template cannot be copied while somebody is connected to it: one at a time.
    await admin`select pg_advisory_lock(${templateLock})`;
    const [found] = await admin`select from pg_database where datname = ${template}`;
    if (!found) await makeTemplate(admin, serverUrl, template);
    await admin`create database ${admin(name)} template ${admin(template)}`;
  });
  return {
    url: databaseUrl(serverUrl, name),
    drop: () => asAdmin(serverUrl, async (admin) => void (await admin`drop database if exists ${admin(name)} with (force)`)),
  };
}

async function makeTemplate(admin: postgres.Sql, serverUrl: string, template: string): Promise<void> {
  const draft = `${template}_${randomBytes(4).toString('hex')}`;
  await admin`create database ${admin(draft)}`;
  const database = await openDatabase(databaseUrl(serverUrl, draft), { max: 2 });
  await database.migrate();
  await database.close();
  await admin`alter database ${admin(draft)} rename to ${admin(template)}`;
}

async function asAdmin(serverUrl: string, work: (admin: postgres.Sql) => Promise<void>): Promise<void> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
  try {
    await work(admin);
  } finally {
    await admin.end({ timeout: 5 });
  }
}

function migrationsDigest(): string {
  const files = readdirSync(migrations).filter((name) => name.endsWith('.sql'));
  const hash = createHash('sha256');
  for (const name of files.sort()) hash.update(readFileSync(`${migrations}/${name}`));
  return hash.digest('hex').slice(0, 12);
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
