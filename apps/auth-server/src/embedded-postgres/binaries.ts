import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { childOptions } from './child-options.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerAccount } from './server-account.ts';

/** Programs that have been seen to run as the server's account. */
export type Binaries = { initdb: string; postgres: string; pgCtl: string; majorVersion: string };

type Attempt = { majorVersion: string } | { failure: string };

const here = `${process.platform}-${process.arch}`;
const wayOut = 'Set DATABASE_URL to a PostgreSQL server of your own instead.';

/** Where root keeps a copy of the programs when the installed ones lie in a directory that only root can enter. */
const sharedCopiesDir = '/var/lib/latchkey';

/** The PostgreSQL programs of this platform, taken from the optional package that carries them. */
export function findBinaries(account: ServerAccount): Binaries {
  return runnableBinaries(installedTree(), account, sharedCopiesDir);
}

/**
 * The programs below `tree`, mended or copied until `account` can run them. The copy holds nothing but programs: it
 * can be deleted at any time and is made again.
 */
export function runnableBinaries(tree: string, account: ServerAccount, copiesDir: string): Binaries {
  let attempt = tryToRun(tree, account);
  if ('failure' in attempt) {
    mend(tree);
    attempt = tryToRun(tree, account);
  }
  if ('majorVersion' in attempt) return binariesIn(tree, attempt.majorVersion);
  if (account) {
    const copy = copyForAccount(tree, account, copiesDir);
    const second = tryToRun(copy, account);
    if ('majorVersion' in second) return binariesIn(copy, second.majorVersion);
  }
  throw new EmbeddedPostgresError(
    `The built-in PostgreSQL does not run on this machine (${here}): ${attempt.failure}. ` +
      `It needs a system with glibc: Alpine Linux, for one, has none. ${wayOut}`,
  );
}

function installedTree(): string {
  const name = `@embedded-postgres/${here.replace('win32', 'windows')}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new EmbeddedPostgresError(
      `There is no built-in PostgreSQL for this machine (${here}): the optional package ${name} is not installed. ${wayOut}`,
    );
  }
}

function programIn(tree: string, name: string): string {
  return join(tree, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function binariesIn(tree: string, majorVersion: string): Binaries {
  return {
    initdb: programIn(tree, 'initdb'),
    postgres: programIn(tree, 'postgres'),
    pgCtl: programIn(tree, 'pg_ctl'),
    majorVersion,
  };
}

/** Running it is the only honest probe: it covers rights of every parent, noexec mounts and missing libraries. */
function tryToRun(tree: string, account: ServerAccount): Attempt {
  const result = spawnSync(programIn(tree, 'postgres'), ['--version'], { ...childOptions(account, '/'), encoding: 'utf8' });
  const majorVersion = /PostgreSQL\) (\d+)/.exec(result.stdout ?? '')?.[1];
  if (majorVersion) return { majorVersion };
  return { failure: result.error?.message ?? (result.stderr.trim() || `exit code ${result.status}`) };
}

/** Does what the package's own install script does, for installations that ran without scripts. */
function mend(tree: string): void {
  try {
    for (const name of readdirSync(join(tree, 'bin'))) chmodSync(join(tree, 'bin', name), 0o755);
    const list = readFileSync(join(tree, 'pg-symlinks.json'), 'utf8');
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const link = join(tree, '..', target);
      if (!existsSync(link)) symlinkSync(relative(dirname(link), join(tree, '..', source)), link);
    }
  } catch {
    // Not ours to write, or nothing to mend: the next attempt to run says what is wrong.
  }
}

function copyForAccount(tree: string, account: ServerAccount, copiesDir: string): string {
  const { version } = JSON.parse(readFileSync(join(tree, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(copiesDir, `postgres-${version}-${here}`);
  if (existsSync(copy) && 'majorVersion' in tryToRun(copy, account)) return copy;
  const draft = `${copy}.${process.pid}`;
  try {
    mkdirSync(copiesDir, { recursive: true });
    chmodSync(copiesDir, 0o755);
    cpSync(tree, draft, { recursive: true, verbatimSymlinks: true });
    openToAll(draft);
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another start may have put the same copy there a moment earlier.
    if (!existsSync(copy)) throw copyFailed(tree, copy, error);
  }
  return copy;
}

function openToAll(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, basename(directory) === 'bin' ? 0o755 : 0o644);
  }
}

function copyFailed(tree: string, copy: string, error: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL never runs as root, and its account cannot reach the programs in ${tree}. ` +
      `A copy in ${copy} failed: ${error instanceof Error ? error.message : error}. ` +
      `Move this project to a directory others may enter, or start as an ordinary user. ${wayOut}`,
  );
}
