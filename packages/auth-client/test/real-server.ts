import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { openTestCore, type TestCore, type TestCoreOptions } from '@latchkey/user-core/testing';
import { readConfig } from '../../../apps/auth-server/src/config.ts';
import type { ServerExtensions } from '../../../apps/auth-server/src/extensions.ts';
import { createLog } from '../../../apps/auth-server/src/log.ts';
import { createServer } from '../../../apps/auth-server/src/server.ts';
import { freePort } from '../../../apps/auth-server/test/start-server.ts';

/** The server as it is served, over HTTP and on a real PostgreSQL, with a clock of its own to move. */
export type RealServer = TestCore & {
  url: string;
  /** Every request that arrived, as `POST auth.login`. */
  requests: string[];
  /** How often a procedure was called, alone or in a batch. */
  callsOf(path: string): number;
  /** Registers somebody and proves their address. */
  newPerson(): Promise<{ email: string; username: string; password: string }>;
  /** Ends the HTTP server alone: nobody answers any more. */
  stop(): Promise<void>;
};

export async function startRealServer(
  databaseUrl: string,
  options: TestCoreOptions & { fields?: ServerExtensions['fields']; env?: Record<string, string> } = {},
): Promise<RealServer> {
  const { fields, env, ...coreOptions } = options;
  const core = await openTestCore(databaseUrl, coreOptions);
  const port = await freePort();
  const config = readConfig({ PORT: String(port), SECRET: randomBytes(32).toString('base64url'), ...env });
  const log = createLog(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const server = await createServer({
    config,
    core: core.core,
    log,
    extensions: fields ? { fields } : {},
    demoProvider: null,
    isStopping: () => false,
  });
  const requests: string[] = [];
  server.addHook('onRequest', async ({ method, url }) => {
    requests.push(`${method} ${url.replace(/^\/trpc\//, '').replace(/\?.*$/, '')}`);
  });
  await server.listen({ host: '127.0.0.1', port });
  const url = `http://localhost:${port}`;
  return {
    ...core,
    url,
    requests,
    callsOf: (path) =>
      requests.flatMap((request) => decodeURIComponent(request.split(' ')[1] ?? '').split(',')).filter((called) => called === path).length,
    async newPerson() {
      const name = `p${randomBytes(5).toString('hex')}`;
      const person = { email: `${name}@example.com`, username: name, password: `pass phrase of ${name}` };
      const { createAuthClient } = await import('../src/auth-client.ts');
      const client = createAuthClient({ url, credentials: 'token' });
      await client.registration.register.mutate(person);
      const { token } = await core.lastMail('verify_email', person.email);
      await client.registration.verifyEmail.mutate({ token, password: person.password });
      requests.length = 0;
      return person;
    },
    stop: () => server.close(),
    async close() {
      await server.close();
      await core.close();
    },
  };
}
