import { createTestDatabase } from '@latchkey/user-core/testing';
import { startTestServer, type TestServer, type TestServerOptions } from './start-server.ts';

/** A server on a new database, which goes with it. */
export async function startNewServer(serverUrl: string, options: Omit<TestServerOptions, 'databaseUrl'> = {}): Promise<TestServer> {
  const database = await createTestDatabase(serverUrl);
  const server = await startTestServer({ ...options, databaseUrl: database.url });
  return {
    ...server,
    async stop() {
      const code = await server.stop();
      await database.drop();
      return code;
    },
  };
}
