import { randomBytes } from 'node:crypto';
import { assembleUserCore, type Database, defaultPolicy, type Host, openDatabase, type UserCore } from '@latchkey/user-core';

const host: Host = {
  clock: { now: () => new Date() },
  random: { bytes: (length) => randomBytes(length) },
  jobs: { enqueueMail: async () => {}, enqueueEvents: async () => {} },
  log: { info: () => {}, warn: console.warn, error: console.error },
  secrets: [{ id: 'one', secret: process.env['SECRET'] ?? randomBytes(32).toString('base64url') }],
  issuer: 'http://localhost',
  threads: 4,
};

/** Opens any PostgreSQL of version 15 or newer, makes the tables, and puts the core together. */
export async function openCore(databaseUrl: string): Promise<{ core: UserCore; database: Database }> {
  const database = await openDatabase(databaseUrl);
  await database.migrate();
  return { core: await assembleUserCore(host, database, { ...defaultPolicy, emailVerification: 'none' }), database };
}
