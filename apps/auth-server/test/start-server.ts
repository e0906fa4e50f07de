import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';

const here = fileURLToPath(new URL('..', import.meta.url));
const main = join(here, 'dist/main.js');
/** Arguments for Node, by which a program does not outlive the test's process that starts it. */
export const endWithParent = ['--import', new URL(`../../../test/end-with-parent.mjs?parent=${process.pid}`, import.meta.url).href];

/** A real server process, as an operator would run it. */
export type TestServer = {
  url: string;
  process: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** Ends it as an operator would; answers its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as the kernel would. */
  kill(): Promise<void>;
};

/** `program` is run in place of the server's own main file: a module that calls `runAuthServer` with extensions. */
export type TestServerOptions = { databaseUrl: string; env?: Record<string, string | undefined>; port?: number; program?: string };

/** Starts the built server on a free port and waits until it answers. Rejects with its output when it ends before that. */
export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const port = options.port ?? (await freePort());
  const server = launch(port, { DATABASE_URL: options.databaseUrl, ...options.env }, options.program);
  const url = `http://localhost:${port}`;
  for (;;) {
    // Somebody else may have got the port meanwhile.
    if (server.process.exitCode !== null && options.port === undefined && /^ {2}- PORT /m.test(server.output()))
      return startTestServer(options);
    if (server.process.exitCode !== null) throw new Error(`the server ended with ${server.process.exitCode}:\n${server.output()}`);
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { url, ...server };
}

/** Starts the built server with an environment that it may refuse; answers its exit code and what it said. */
export async function runServerToItsEnd(env: Record<string, string | undefined>): Promise<{ code: number | null; output: string }> {
  const server = launch(await freePort(), env);
  const code = await exitOf(server.process);
  return { code, output: server.output() };
}

/** Two servers on one new database: what several processes share is shown on these. */
export async function startTwoServers(
  serverUrl: string,
  env: Record<string, string> = {},
): Promise<{ servers: [TestServer, TestServer]; database: TestDatabase; close(): Promise<void> }> {
  const database = await createTestDatabase(serverUrl);
  const publicUrl = `http://localhost:${await freePort()}`;
  const shared = { SECRET: randomBytes(32).toString('base64url'), PUBLIC_URL: publicUrl, ...env };
  const servers: [TestServer, TestServer] = await Promise.all([
    startTestServer({ databaseUrl: database.url, env: shared }),
    startTestServer({ databaseUrl: database.url, env: shared }),
  ]);
  return {
    servers,
    database,
    async close() {
      for (const server of servers) await server.stop();
      await database.drop();
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

function launch(port: number, env: Record<string, string | undefined>, program?: string) {
  const dataDir = env['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'latchkey-server-'));
  const inherited = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const merged = {
    ...inherited,
    PORT: String(port),
    DATA_DIR: dataDir,
    BCRYPT_COST: '10',
    LIMITS: 'off',
    SECRET: randomBytes(32).toString('base64url'),
    ...env,
  };
  const child = spawn(process.execPath, [...endWithParent, ...(program === undefined ? [main] : ['--input-type=module', '-e', program])], {
    cwd: here,
    env: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const note = (text: Buffer) => {
    written += text.toString();
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = exitOf(child).finally(() => {
    if (!env['DATA_DIR']) rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    process: child,
    output: () => written,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}
