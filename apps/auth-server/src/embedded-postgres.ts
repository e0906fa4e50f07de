import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockDataDirectory } from './data-directory-lock.ts';
import { findBinaries } from './embedded-postgres/binaries.ts';
import { clusterPlaces, prepareCluster, readPassword, superuser } from './embedded-postgres/cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres/embedded-postgres-error.ts';
import { stopLeftover } from './embedded-postgres/leftover.ts';
import { ended, type Launch, type Postmaster, startPostmaster, stopPostmaster } from './embedded-postgres/postmaster.ts';
import { serverAccount } from './embedded-postgres/server-account.ts';

export { EmbeddedPostgresError } from './embedded-postgres/embedded-postgres-error.ts';
export { runningServerUrl } from './embedded-postgres/running.ts';

/** A running server. `url` is its superuser's; `pid` its postmaster's. */
export type EmbeddedPostgres = {
  url: string;
  pid: number;
  stop(): Promise<void>;
  /** Resolves when the server ended without having been told to. */
  lost: Promise<void>;
};

/**
 * Runs a PostgreSQL server of our own in `dataDir`, making its database there at the first start. One process owns a
 * data directory at a time; a start by another is refused and touches nothing. A start after any kind of kill heals.
 * Rejects with EmbeddedPostgresError when it cannot run.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const directory = realpathSync(dataDir);
    const lock = await lockDataDirectory(directory);
    if ('heldBy' in lock) throw alreadyOwned(directory, lock.heldBy);
    try {
      return await startLocked(directory, lock.release);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw explained(error, resolve(dataDir));
  }
}

async function startLocked(dataDir: string, release: () => Promise<void>): Promise<EmbeddedPostgres> {
  const places = clusterPlaces(dataDir);
  const account = serverAccount(places.clusterDir);
  const binaries = findBinaries(account);
  await prepareCluster(dataDir, binaries, account);
  await stopLeftover(places.clusterDir, binaries);
  const launch = { clusterDir: places.clusterDir, logFile: join(dataDir, 'postgres.log'), binaries, account };
  const password = readPassword(places);
  const postmaster = await startPostmaster(launch);
  return {
    url: `postgres://${superuser}:${password}@127.0.0.1:${postmaster.port}/postgres`,
    pid: postmaster.pid,
    ...ending(postmaster, launch, release),
  };
}

function ending({ child }: Postmaster, launch: Launch, release: () => Promise<void>): Pick<EmbeddedPostgres, 'stop' | 'lost'> {
  // For a process that ends without calling stop. A killed one cannot run this: the next start heals that.
  const lastResort = () => child.kill('SIGINT');
  process.once('exit', lastResort);
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await stopPostmaster(child, launch);
    process.removeListener('exit', lastResort);
    await release();
  };
  const lost = new Promise<void>((resolve) => {
    child.once('exit', () => {
      if (!stopping) resolve();
    });
    if (ended(child)) resolve();
  });
  return {
    lost,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function alreadyOwned(dataDir: string, owner: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${dataDir} is already in use by another running server (process ${owner}). ` +
      'Stop that one, choose another DATA_DIR, or set DATABASE_URL to share one PostgreSQL between servers.',
  );
}

function explained(error: unknown, dataDir: string): unknown {
  if (error instanceof EmbeddedPostgresError || !isSystemError(error)) return error;
  const hint = ['EACCES', 'EPERM'].includes(error.code) ? ' Another user may own it, for instance after a start as root.' : '';
  return new EmbeddedPostgresError(`The data directory ${dataDir} cannot be used: ${error.message}.${hint}`, {
    cause: error,
  });
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
