import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { findBinaries } from '../src/embedded-postgres/binaries.ts';
import { clusterPlaces, prepareCluster, readPassword, superuser } from '../src/embedded-postgres/cluster.ts';
import { type Postmaster, startPostmaster, stopPostmaster } from '../src/embedded-postgres/postmaster.ts';
import { serverAccount } from '../src/embedded-postgres/server-account.ts';

/** A PostgreSQL server of a test's own, to be frozen, killed and restarted. It keeps its port. */
export type OwnPostgres = {
  url: string;
  /** Process ids of the backends that serve connections other than the asker's own. */
  backends(): Promise<number[]>;
  /** Stops in order and at once ends every connection, as `pg_ctl stop -m fast` does. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-own-postgres-'));
  const places = clusterPlaces(dataDir);
  const account = serverAccount(places.clusterDir);
  if (account) chownSync(dataDir, account.uid, account.gid);
  const binaries = findBinaries(account);
  mkdirSync(dataDir, { recursive: true });
  await prepareCluster(dataDir, binaries, account);
  const launch = { clusterDir: places.clusterDir, logFile: join(dataDir, 'postgres.log'), binaries, account };
  let postmaster: Postmaster = await startPostmaster(launch);
  const { port } = postmaster;
  const url = `postgres://${superuser}:${readPassword(places)}@127.0.0.1:${port}/postgres`;
  const stop = () => stopPostmaster(postmaster.child, launch);
  return {
    url,
    async backends() {
      const sql = postgres(url, { max: 1 });
      const rows = await sql<{ pid: number }[]>`
        select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
      await sql.end();
      return rows.map(({ pid }) => pid);
    },
    stop,
    async start() {
      postmaster = await startPostmaster(launch, async () => port);
    },
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
