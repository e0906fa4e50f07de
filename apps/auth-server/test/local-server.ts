import { PassThrough } from 'node:stream';
import { openTestCore, type TestCore, type TestCoreOptions } from '@latchkey/user-core/testing';
import type { FastifyInstance } from 'fastify';
import { readConfig } from '../src/config.ts';
import type { ServerExtensions } from '../src/extensions.ts';
import { createLog } from '../src/log.ts';
import { createServer, httpLimits } from '../src/server.ts';

/** The HTTP server in this process, on a core with a clock to move: for limits and faults that a process would not let us set. */
export type LocalServer = TestCore & { url: string; server: FastifyInstance; log(): string };

type Options = {
  limits?: Partial<typeof httpLimits>;
  core?: TestCoreOptions;
  env?: Record<string, string>;
  extensions?: ServerExtensions;
  /** Before it listens. */
  prepare?: (server: FastifyInstance) => void;
};

export async function openLocalServer(serverUrl: string, options: Options = {}): Promise<LocalServer> {
  const testCore = await openTestCore(serverUrl, options.core);
  const config = readConfig({ SECRET: 'a secret of the tests that is long enough', PUBLIC_URL: 'http://localhost', ...options.env });
  const written = new PassThrough();
  let text = '';
  written.on('data', (data) => {
    text += data;
  });
  const log = createLog(written);
  Object.assign(testCore.core.host.log, { info: log.info.bind(log), warn: log.warn.bind(log), error: log.error.bind(log) });
  const parts = { config, core: testCore.core, log, extensions: options.extensions ?? {}, isStopping: () => false };
  const server = await createServer(parts, { ...httpLimits, ...options.limits });
  options.prepare?.(server);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...testCore,
    url,
    server,
    log: () => text,
    async close() {
      server.server.closeAllConnections();
      await server.close();
      await testCore.close();
    },
  };
}
