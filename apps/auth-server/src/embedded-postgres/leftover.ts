import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { becomesTrue } from './becomes-true.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { textOf } from './text-of.ts';

// SIGINT is a fast, clean shutdown; SIGQUIT an immediate one, which costs a recovery at the next start.
const steps = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;

/**
 * Stops what an earlier, killed owner left running on this cluster, and removes its pid file. Call it only while
 * holding the directory's lock. Processes are recognised by program and working directory, never by the number in
 * the pid file alone: after a crash or a reboot that number may belong to a stranger.
 */
export async function stopLeftover(clusterDir: string, { pgCtl }: Binaries): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync(pgCtl, ['stop', '-D', clusterDir, '-m', 'fast', '-w']);
    return;
  }
  const pidFile = join(clusterDir, 'postmaster.pid');
  const postmaster = Number(textOf(pidFile).split('\n')[0]);
  for (const [signal, patienceMs] of steps) {
    const serving = processesServing(clusterDir);
    // Without their postmaster its workers end by themselves once they notice; only it knows how to end them in order.
    signalAll(serving.includes(postmaster) ? [postmaster] : serving, signal);
    if (await becomesTrue(() => processesServing(clusterDir).length === 0, patienceMs)) {
      rmSync(pidFile, { force: true });
      return;
    }
  }
  throw new EmbeddedPostgresError(
    `A PostgreSQL left over from an earlier start still runs in ${clusterDir} ` +
      `(process ${processesServing(clusterDir).join(', ')}) and does not stop. End it, then start again.`,
  );
}

function processesServing(clusterDir: string): number[] {
  return process.platform === 'linux' ? servingByProc(clusterDir) : servingByPs(clusterDir);
}

/** Every process of PostgreSQL works inside its cluster. A zombie has no working directory and does not count. */
function servingByProc(directory: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => linkOf(`/proc/${pid}/cwd`) === directory && runsPostgres(pid)).map(Number);
}

function runsPostgres(pid: string): boolean {
  // The suffix appears when the installed program was replaced under a running server.
  return basename(linkOf(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === 'postgres';
}

function servingByPs(directory: string): number[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n');
  return lines.filter((line) => line.includes(`bin/postgres -D ${directory} `)).map((line) => Number.parseInt(line, 10));
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in between.
    }
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
