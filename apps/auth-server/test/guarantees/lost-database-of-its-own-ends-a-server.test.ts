import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestServer } from '../start-server.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-lost-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const start = () =>
  startTestServer({ databaseUrl: '', env: { DATABASE_URL: undefined, SECRET: undefined, DATA_DIR: join(directory, 'data') } });

test('a server whose own database is killed says so and ends with 1, and the next start heals (R-OPS-08)', async () => {
  const server = await start();
  const pidFile = join(directory, 'data/postgres/cluster/postmaster.pid');
  const ended = once(server.process, 'exit');
  process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
  expect(await ended).toEqual([1, null]);
  expect(server.output()).toContain('the embedded database has ended');
  const next = await start();
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
  expect(await next.stop()).toBe(0);
});

test('its log is written to no file that somebody linked there (R-STO-07)', async () => {
  const first = await start();
  await first.stop();
  const precious = join(directory, 'precious');
  writeFileSync(precious, 'kept');
  rmSync(join(directory, 'data/postgres.log'));
  symlinkSync(precious, join(directory, 'data/postgres.log'));
  const second = await start();
  expect(readFileSync(precious, 'utf8')).toBe('kept');
  expect(readFileSync(join(directory, 'data/postgres.log'), 'utf8')).toContain('starting PostgreSQL');
  await second.stop();
});
