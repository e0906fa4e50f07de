import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, fchownSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { becomesTrue } from './becomes-true.ts';
import type { Binaries } from './binaries.ts';
import { childOptions, clusterArgument } from './child-options.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerAccount } from './server-account.ts';
import { textOf } from './text-of.ts';

/** What a start needs to know. */
export type Launch = { clusterDir: string; logFile: string; binaries: Binaries; account: ServerAccount };

/** A running server, accepting connections on 127.0.0.1. */
export type Postmaster = { child: ChildProcess; pid: number; port: number };

const startDeadlineMs = 60_000;
const portAttempts = 5;

/** Starts the server on a free port. Somebody may take that port in between: then another one is tried. */
export async function startPostmaster(launch: Launch, choosePort = freePort): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort();
    const child = launchPostgres(launch, port);
    const answered = await becomesTrue(() => ended(child) || isReady(launch.clusterDir, child), startDeadlineMs);
    if (answered && child.pid && !ended(child)) return { child, pid: child.pid, port };
    if (!answered) await stopPostmaster(child, launch);
    const portWasTaken = textOf(launch.logFile).includes('could not bind IPv4 address');
    if (!portWasTaken || attempt === portAttempts) throw startFailed(launch, answered);
  }
}

/** Ends the server in order: open transactions are rolled back, everything committed is on disk. */
export async function stopPostmaster(child: ChildProcess, { clusterDir, binaries }: Launch): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (ended(child)) return;
    if (process.platform === 'win32') spawnSync(binaries.pgCtl, ['stop', '-D', clusterDir, '-m', 'fast', '-w']);
    else child.kill(signal);
    if (await becomesTrue(() => ended(child), 20_000)) return;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function launchPostgres({ clusterDir, logFile, binaries, account }: Launch, port: number): ChildProcess {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    timezone: 'UTC',
    // By default a role's own name comes first, and ours is that of our schema: an application's tables would land among ours.
    search_path: 'public',
    // Failed statements quote people's data: they go to the caller and stay out of the log.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    // A log inside the cluster would grow without bound and hide from the message of a failed start.
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Its log is a file and not a pipe: the server must outlive this process without losing its standard error.
  // A new one each time, which is nobody's link: as root it would be written through.
  rmSync(logFile, { force: true });
  const log = openSync(logFile, 'wx', 0o600);
  if (account) fchownSync(log, account.uid, account.gid);
  const child = spawn(binaries.postgres, ['-D', clusterArgument(account, clusterDir), ...args], {
    ...childOptions(account, clusterDir),
    // In a group of its own: Ctrl-C reaches this process first, which still needs its database to shut down.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.once('error', () => undefined);
  child.unref();
  return child;
}

export function ended(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The server itself writes its state to the eighth line of its pid file. */
function isReady(clusterDir: string, child: ChildProcess): boolean {
  const lines = textOf(join(clusterDir, 'postmaster.pid')).split('\n');
  return lines[0] === String(child.pid) && lines[7]?.trim() === 'ready';
}

function startFailed(launch: Launch, gaveUpItself: boolean): EmbeddedPostgresError {
  const what = gaveUpItself ? 'did not start' : `was not ready within ${startDeadlineMs / 1000} seconds`;
  const tail = textOf(launch.logFile).split('\n').slice(-15).join('\n');
  return new EmbeddedPostgresError(
    `PostgreSQL ${what} in ${launch.clusterDir}. Nothing was deleted. The end of its log, ${launch.logFile}:\n${tail}`,
  );
}
