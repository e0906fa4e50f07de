import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, end, freshDirectory, isAlive, query, runningOwner, spawnOwner, until } from '../../test/postgres-owner.ts';
import { startEmbeddedPostgres } from '../embedded-postgres.ts';
import { findBinaries } from './binaries.ts';
import { startPostmaster, stopPostmaster } from './postmaster.ts';
import { serverAccount } from './server-account.ts';

afterEach(cleanUp);

const busyWorkers = `select 1 from pg_stat_activity where state = 'active' and query like 'do %'`;

async function ownerWithARow(dataDir: string) {
  const owner = await runningOwner(dataDir);
  await query(owner.url, 'create table kept as select 7 as value');
  return owner;
}

async function expectTheRow(dataDir: string): Promise<void> {
  const server = await startEmbeddedPostgres(dataDir);
  expect(await query(server.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await server.stop();
}

test('a killed owner leaves its server running; the next start replaces it', async () => {
  const dataDir = freshDirectory();
  const owner = await ownerWithARow(dataDir);
  await end(owner.process, 'SIGKILL');
  expect(isAlive(owner.pid)).toBe(true);
  await expectTheRow(dataDir);
  expect(isAlive(owner.pid)).toBe(false);
});

test('a killed owner and a killed server leave a pid file; the next start recovers', async () => {
  const dataDir = freshDirectory();
  const owner = await ownerWithARow(dataDir);
  await end(owner.process, 'SIGKILL');
  process.kill(owner.pid, 'SIGKILL');
  await expectTheRow(dataDir);
});

test('a server killed below its owner is recovered at the next start, busy workers included', async () => {
  const dataDir = freshDirectory();
  const owner = await ownerWithARow(dataDir);
  // It never waits, so it does not notice that its server is gone.
  const busy = query(owner.url, 'do $$ begin loop end loop; end $$').catch((error: Error) => error);
  const isBusy = async () => (await query(owner.url, busyWorkers)).length > 0;
  while (!(await isBusy()));
  process.kill(owner.pid, 'SIGKILL');
  await end(owner.process, 'SIGKILL');
  await expectTheRow(dataDir);
  expect(await busy).toBeInstanceOf(Error);
});

test('a pid file whose number now belongs to a stranger does not harm the stranger', async () => {
  const dataDir = freshDirectory();
  const owner = await ownerWithARow(dataDir);
  await end(owner.process, 'SIGTERM');
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)']);
  try {
    const cluster = join(dataDir, 'postgres', 'cluster');
    writeFileSync(join(cluster, 'postmaster.pid'), `${stranger.pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`);
    await expectTheRow(dataDir);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  } finally {
    await end(stranger, 'SIGKILL');
  }
});

test('a first start killed half-way leaves nothing that the next one trips over', async () => {
  const dataDir = freshDirectory();
  const draft = () => readdirSync(dataDir).find((name) => name.startsWith('postgres.new-'));
  const child = spawnOwner(dataDir);
  await until(() => {
    const name = draft();
    return name !== undefined && readdirSync(join(dataDir, name)).includes('cluster');
  });
  await end(child, 'SIGKILL');
  expect(draft()).toBeDefined();
  const server = await startEmbeddedPostgres(dataDir);
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(draft()).toBeUndefined();
  await server.stop();
});

test('a port that somebody takes in between is replaced by another', async () => {
  const dataDir = freshDirectory();
  await (await startEmbeddedPostgres(dataDir)).stop();
  const squatter = createServer().listen(0, '127.0.0.1');
  await until(() => squatter.listening);
  const address = squatter.address();
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const free = createServer().listen(0, '127.0.0.1');
  await until(() => free.listening);
  const other = free.address();
  const ports = [taken, taken, typeof other === 'object' ? (other?.port ?? 0) : 0];
  free.close();

  const clusterDir = join(dataDir, 'postgres', 'cluster');
  const account = serverAccount(clusterDir);
  const launch = { clusterDir, logFile: join(dataDir, 'postgres.log'), account, binaries: findBinaries(account) };
  const asked = [...ports];
  const postmaster = await startPostmaster(launch, async () => asked.shift() ?? 0);
  expect(postmaster.port).toBe(ports[2]);
  await stopPostmaster(postmaster.child, launch);
  squatter.close();
});
