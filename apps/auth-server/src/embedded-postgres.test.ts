import { once } from 'node:events';
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, end, freshDirectory, isAlive, owner, permissionsOf, query, runningOwner, until } from '../test/postgres-owner.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './embedded-postgres.ts';

afterEach(cleanUp);

test('a first start makes a database that only this machine reaches, and only with the password', async () => {
  const dataDir = join(freshDirectory(), 'not', 'yet', 'there');
  const server = await startEmbeddedPostgres(dataDir);
  const settings = await query(
    server.url,
    `select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as sockets,
            current_setting('max_connections') as connections, current_setting('server_encoding') as encoding`,
  );
  expect(settings).toEqual([{ listen: '127.0.0.1', sockets: '', connections: '100', encoding: 'UTF8' }]);

  const wrong = new URL(server.url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);

  expect(permissionsOf(dataDir)).toBe('700');
  expect(permissionsOf(join(dataDir, 'postgres', 'cluster'))).toBe('700');
  expect(permissionsOf(join(dataDir, 'postgres', 'password'))).toBe('600');
  expect(permissionsOf(join(dataDir, 'postgres.log'))).toBe('600');
  await server.stop();
});

test('what is committed is on disk, and an application’s tables do not land among ours (R-STO-08)', async () => {
  const server = await startEmbeddedPostgres(freshDirectory());
  const settings = await query(
    server.url,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits,
       current_setting('full_page_writes') as pages, current_setting('search_path') as path`,
  );
  expect(settings).toEqual([{ fsync: 'on', commits: 'on', pages: 'on', path: 'public' }]);
  await server.stop();
});

test('a restart keeps the rows, and begins a new log', async () => {
  const dataDir = freshDirectory();
  const first = await startEmbeddedPostgres(dataDir);
  await query(first.url, 'create table kept as select 7 as value');
  await first.stop();
  writeFileSync(join(dataDir, 'postgres.log'), 'an old line\n');

  const second = await startEmbeddedPostgres(dataDir);
  expect(await query(second.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await second.stop();
  const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
  expect(log).toContain('ready to accept connections');
  expect(log).not.toContain('an old line');
});

test('a log that is a link is replaced, and what it leads to is left alone', async () => {
  const dataDir = freshDirectory();
  const elsewhere = join(freshDirectory(), 'precious');
  writeFileSync(elsewhere, 'precious\n');
  symlinkSync(elsewhere, join(dataDir, 'postgres.log'));
  await (await startEmbeddedPostgres(dataDir)).stop();
  expect(readFileSync(elsewhere, 'utf8')).toBe('precious\n');
  expect(lstatSync(join(dataDir, 'postgres.log')).isFile()).toBe(true);
});

test('stopping twice is stopping once: the server is gone and the directory free', async () => {
  const dataDir = freshDirectory();
  const server = await startEmbeddedPostgres(dataDir);
  await Promise.all([server.stop(), server.stop()]);
  expect(isAlive(server.pid)).toBe(false);
  await expect(query(server.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  await server.stop();
  await (await startEmbeddedPostgres(dataDir)).stop();
});

test('several projects run side by side', async () => {
  const servers = await Promise.all([freshDirectory(), freshDirectory()].map(startEmbeddedPostgres));
  const [one, other] = servers.map((server) => new URL(server.url).port);
  expect(one).not.toBe(other);
  for (const server of servers) expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await Promise.all(servers.map((server) => server.stop()));
});

test('a second owner is refused by name, and the first one notices nothing (R-STO-07)', async () => {
  const dataDir = freshDirectory();
  const first = await runningOwner(dataDir);
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const before = readFileSync(pidFile, 'utf8');

  const refused = startEmbeddedPostgres(dataDir);
  await expect(refused).rejects.toThrow(EmbeddedPostgresError);
  await expect(refused).rejects.toThrow(`already in use by another running server (process ${first.process.pid})`);

  expect(readFileSync(pidFile, 'utf8')).toBe(before);
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a second owner in the same process is refused too', async () => {
  const dataDir = freshDirectory();
  const first = await startEmbeddedPostgres(dataDir);
  await expect(startEmbeddedPostgres(join(dataDir, '.'))).rejects.toThrow(/already in use/);
  await first.stop();
});

test('of three that race for a fresh directory, one wins (R-STO-07)', async () => {
  const dataDir = freshDirectory();
  const owners = await Promise.all([owner(dataDir), owner(dataDir), owner(dataDir)]);
  expect(owners.filter(({ outcome }) => 'url' in outcome)).toHaveLength(1);
  const refusals = owners.flatMap(({ outcome }) => ('refusal' in outcome ? [outcome.message] : []));
  expect(refusals).toEqual([expect.stringContaining('already in use'), expect.stringContaining('already in use')]);
});

test('Ctrl-C reaches the application first, which still has its database', async () => {
  const { process: child, pid, lines } = await runningOwner(freshDirectory());
  const gone = once(child, 'close');
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  await gone;
  expect(lines).toContain('still there');
  expect(child.exitCode).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test('a process that ends without stopping takes the server with it', async () => {
  const child = await owner(freshDirectory(), 'exit at once');
  if (!('pid' in child.outcome)) throw new Error('not started');
  const { pid } = child.outcome;
  await until(() => !isAlive(pid));
  expect(child.process.exitCode ?? (await once(child.process, 'exit'))[0]).toBe(3);
});

test('a data directory that cannot be one is refused clearly', async () => {
  const file = join(freshDirectory(), 'file');
  writeFileSync(file, '');
  await expect(startEmbeddedPostgres(file)).rejects.toThrow(EmbeddedPostgresError);
  await expect(startEmbeddedPostgres(join(file, 'below'))).rejects.toThrow(/data directory .* cannot be used/);
});

test('it runs below a directory that nobody else may enter, and never as root', async () => {
  const privateDir = join(freshDirectory(), 'private');
  mkdirSync(privateDir, { mode: 0o700 });
  const dataDir = join(privateDir, 'data');
  const first = await startEmbeddedPostgres(dataDir);
  await query(first.url, 'create table kept as select 7 as value');
  const account = statSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid')).uid;
  if (process.getuid?.() === 0) expect(account).not.toBe(0);
  else expect(account).toBe(process.getuid?.());
  await first.stop();

  const second = await runningOwner(dataDir);
  await end(second.process, 'SIGKILL');
  const third = await startEmbeddedPostgres(dataDir);
  expect(isAlive(second.pid)).toBe(false);
  expect(await query(third.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await third.stop();
});
