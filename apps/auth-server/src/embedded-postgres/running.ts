import { join } from 'node:path';
import { clusterPlaces, readPassword, superuser } from './cluster.ts';
import { textOf } from './text-of.ts';

/** The URL of the server that another process runs in this data directory; null when none is ready there. */
export function runningServerUrl(dataDir: string): string | null {
  const places = clusterPlaces(dataDir);
  // The fourth line of the pid file is the port, the eighth the state.
  const lines = textOf(join(places.clusterDir, 'postmaster.pid')).split('\n');
  const port = Number(lines[3]);
  if (lines[7]?.trim() !== 'ready' || !Number.isInteger(port)) return null;
  return `postgres://${superuser}:${readPassword(places)}@127.0.0.1:${port}/postgres`;
}
