import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** The operating-system account PostgreSQL runs as, or null for the account of this very process. */
export type ServerAccount = { uid: number; gid: number } | null;

const accountName = 'postgres';

/**
 * PostgreSQL refuses to run as root. Under root an existing cluster keeps the account that owns it, so one made by an
 * ordinary user stays theirs; a new one goes to the account `postgres`, which is created when the machine has none.
 */
export function serverAccount(clusterDir: string): ServerAccount {
  if (process.getuid?.() !== 0) return null;
  return ownerOf(clusterDir) ?? namedAccount() ?? createAccount();
}

function ownerOf(directory: string): ServerAccount {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found) return null;
  if (found.uid === 0) {
    throw new EmbeddedPostgresError(
      `${directory} belongs to root, and PostgreSQL never runs as root. ` +
        `Give it back to its account: chown -R ${accountName} '${dirname(directory)}'`,
    );
  }
  return { uid: found.uid, gid: found.gid };
}

function namedAccount(): ServerAccount {
  const uid = idOf('-u');
  const gid = idOf('-g');
  return uid && gid ? { uid, gid } : null;
}

function idOf(flag: '-u' | '-g'): number | null {
  const result = spawnSync('id', [flag, accountName], { encoding: 'utf8' });
  return result.status === 0 ? Number(result.stdout) : null;
}

function createAccount(): ServerAccount {
  const result = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', accountName], {
    encoding: 'utf8',
  });
  const account = namedAccount();
  if (account) return account;
  throw new EmbeddedPostgresError(
    `PostgreSQL never runs as root, and no account "${accountName}" could be created for it ` +
      `(useradd: ${result.error?.message ?? result.stderr.trim()}). ` +
      'Start as an ordinary user, create that account, or set DATABASE_URL.',
  );
}
