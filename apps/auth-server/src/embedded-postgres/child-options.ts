import type { ServerAccount } from './server-account.ts';

/**
 * What every PostgreSQL program is started with. The environment is fixed: a PGPORT, PGOPTIONS or LD_LIBRARY_PATH of
 * the terminal must not reach the server, and messages are matched in English.
 */
export function childOptions(account: ServerAccount, cwd: string) {
  return { ...account, cwd, env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } };
}

/**
 * How the cluster is named to a program whose working directory it is. Under root on Linux the name is the working
 * directory itself: root enters it before giving up its rights, so the cluster may lie below directories that only
 * root can enter, such as /root.
 */
export function clusterArgument(account: ServerAccount, clusterDir: string): string {
  return account && process.platform === 'linux' ? '/proc/self/cwd' : clusterDir;
}
