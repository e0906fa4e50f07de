import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { send } from '../send.ts';
import { endWithParent, freePort } from '../start-server.ts';
import { until } from '../until.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
let database: TestDatabase;
let dataDir: string;
let url: string;
let child: ChildProcess;
let written = '';

beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-command-'));
});
afterEach(async () => {
  // It leads a group of its own, so that nothing it started is left.
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts a command as an operator would, and waits until the server says that it is ready. */
async function start(command: string, ...args: string[]): Promise<void> {
  const port = String(await freePort());
  url = `http://localhost:${port}`;
  written = '';
  const { npm_lifecycle_event, ...inherited } = process.env;
  const env = { ...inherited, NODE_ENV: 'development', PORT: port, DATABASE_URL: database.url, DATA_DIR: dataDir, BCRYPT_COST: '10' };
  child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => {
      written += text;
    });
  await until(() => written.includes(`Latchkey is ready at ${url}`) || child.exitCode !== null, 60);
  expect((await send(url, '/readyz')).status).toBe(200);
}

const isGone = () =>
  send(url, '/livez').then(
    () => false,
    () => true,
  );

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the start command stops the server, with its exit code (R-OPS-07)',
  { timeout: 90_000 },
  async (signal) => {
    await start(process.execPath, ...endWithParent, 'scripts/start.mjs');
    child.kill(signal);
    await until(() => child.exitCode !== null || child.signalCode !== null);
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    expect(await isGone()).toBe(true);
  },
);

test('Ctrl-C, which reaches everybody at once, stops it in order too (R-OPS-07)', { timeout: 90_000 }, async () => {
  await start(process.execPath, ...endWithParent, 'scripts/start.mjs');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await until(() => child.exitCode !== null || child.signalCode !== null);
  expect([child.exitCode, child.signalCode]).toEqual([0, null]);
});

test('the server does not outlive an npm that was ended (R-OPS-07)', { timeout: 90_000 }, async () => {
  await start('npm', 'start');
  child.kill('SIGTERM');
  await until(isGone);
});
