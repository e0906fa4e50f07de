import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { startTestServer, type TestServer } from './start-server.ts';

/** A server process on a new database that nobody else uses. */
export type OwnServer = TestServer & { database: TestDatabase; secret: string; close(): Promise<void> };

export async function openOwnServer(serverUrl: string, env: Record<string, string | undefined> = {}): Promise<OwnServer> {
  const database = await createTestDatabase(serverUrl);
  const secret = env['SECRET'] ?? randomBytes(32).toString('base64url');
  const server = await startTestServer({ databaseUrl: database.url, env: { ...env, SECRET: secret } });
  return {
    ...server,
    database,
    secret,
    async close() {
      await server.stop();
      await database.drop();
    },
  };
}
