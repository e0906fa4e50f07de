import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { childOptions, clusterArgument } from './child-options.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerAccount } from './server-account.ts';
import { textOf } from './text-of.ts';

/** What lies where: the cluster and its password appear together, by one rename. */
export type ClusterPlaces = { homeDir: string; clusterDir: string; passwordFile: string };

export const superuser = 'latchkey';

const draftPrefix = 'postgres.new-';

export function clusterPlaces(dataDir: string, homeName = 'postgres'): ClusterPlaces {
  const homeDir = join(dataDir, homeName);
  return { homeDir, clusterDir: join(homeDir, 'cluster'), passwordFile: join(homeDir, 'password') };
}

/** Makes the cluster when the data directory has none; otherwise only looks whether this PostgreSQL can serve it. */
export async function prepareCluster(dataDir: string, binaries: Binaries, account: ServerAccount): Promise<void> {
  removeDrafts(dataDir);
  const places = clusterPlaces(dataDir);
  if (existsSync(places.homeDir)) checkCluster(places, binaries.majorVersion);
  else await createCluster(dataDir, binaries, account);
}

/** The superuser's password, URL-safe. */
export function readPassword({ passwordFile }: ClusterPlaces): string {
  return textOf(passwordFile);
}

/** A draft is what a killed first start leaves behind; nothing was ever stored in it. */
function removeDrafts(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(draftPrefix)) rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

function checkCluster(places: ClusterPlaces, majorVersion: string): void {
  const made = textOf(join(places.clusterDir, 'PG_VERSION'));
  if (made === majorVersion && textOf(places.passwordFile)) return;
  const trouble =
    /^\d+$/.test(made) && made !== majorVersion
      ? `was made by PostgreSQL ${made}, and the built-in one is PostgreSQL ${majorVersion}`
      : 'is damaged: its file PG_VERSION or its password is missing or unreadable';
  throw new EmbeddedPostgresError(
    `The database in ${places.homeDir} ${trouble}. Nothing was changed. ` +
      'Restore that directory from a backup, move it away to begin with an empty database, or set DATABASE_URL.',
  );
}

async function createCluster(dataDir: string, binaries: Binaries, account: ServerAccount): Promise<void> {
  const draftDir = mkdtempSync(join(dataDir, draftPrefix));
  try {
    const draft = { clusterDir: join(draftDir, 'cluster'), passwordFile: join(draftDir, 'password') };
    mkdirSync(draft.clusterDir, { mode: 0o700 });
    writeFileSync(draft.passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    if (account) {
      for (const path of [draftDir, draft.clusterDir, draft.passwordFile]) chownSync(path, account.uid, account.gid);
    }
    await runInitdb(draft.clusterDir, binaries, account);
    renameSync(draftDir, clusterPlaces(dataDir).homeDir);
  } catch (error) {
    rmSync(draftDir, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

async function runInitdb(clusterDir: string, binaries: Binaries, account: ServerAccount): Promise<void> {
  const args = ['-D', clusterArgument(account, clusterDir), '-U', superuser, '--pwfile=../password'];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions');
  const child = spawn(binaries.initdb, args, { ...childOptions(account, clusterDir), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-2000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new EmbeddedPostgresError(`A new database could not be made in ${clusterDir}:\n${output.trim()}`);
}
