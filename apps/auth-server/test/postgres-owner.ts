import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { endWithParent } from './start-server.ts';

/** What a process said after it tried to own a data directory. */
export type Outcome = { url: string; pid: number } | { refusal: string; message: string };

/** Another Node.js process that owns, or tried to own, a data directory. */
export type Owner = { process: ChildProcess; outcome: Outcome; lines: string[] };

const built = new URL('../dist/embedded-postgres.js', import.meta.url).href;

const program = `
const [dataDir, atEnd] = process.argv.slice(1);
const { startEmbeddedPostgres } = await import('${built}');
try {
  const { url, pid, stop } = await startEmbeddedPostgres(dataDir);
  const { default: postgres } = await import('postgres');
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, async () => {
    const sql = postgres(url, { max: 1 });
    console.log((await sql\`select 'still there' as answer\`)[0].answer);
    await sql.end();
    await stop();
    process.exit(0);
  });
  console.log(JSON.stringify({ url, pid }));
  if (atEnd === 'exit at once') process.exit(3);
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(JSON.stringify({ refusal: error.name, message: error.message }));
}
`;

const spawned: ChildProcess[] = [];
const servers: number[] = [];
const directories: string[] = [];

/** Starts a process that owns `dataDir` until it is told to end; in a process group of its own, like a terminal's job. */
export function spawnOwner(dataDir: string, atEnd = ''): ChildProcess {
  const child = spawn(process.execPath, [...endWithParent, '--input-type=module', '-e', program, dataDir, atEnd], {
    cwd: new URL('..', import.meta.url),
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  spawned.push(child);
  return child;
}

export async function owner(dataDir: string, atEnd = ''): Promise<Owner> {
  const child = spawnOwner(dataDir, atEnd);
  const lines: string[] = [];
  if (!child.stdout) throw new Error('the owner has no output');
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  await Promise.race([once(reader, 'line'), once(reader, 'close')]);
  const outcome: Outcome = JSON.parse(lines[0] ?? '{}');
  if ('pid' in outcome) servers.push(outcome.pid);
  return { process: child, outcome, lines };
}

type RunningOwner = { process: ChildProcess; url: string; pid: number; lines: string[] };

/** An owner that is known to have started. */
export async function runningOwner(dataDir: string): Promise<RunningOwner> {
  const { outcome, ...rest } = await owner(dataDir);
  if ('message' in outcome) throw new Error(outcome.message);
  return { ...rest, ...outcome };
}

/** Ends a process we started, by that signal, and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  return child.exitCode;
}

export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-embedded-'));
  directories.push(directory);
  return directory;
}

/** Ends whatever a test left running, and removes its directories. */
export async function cleanUp(): Promise<void> {
  for (const child of spawned.splice(0)) await end(child, 'SIGKILL');
  for (const pid of servers.splice(0).filter(isOurs)) {
    process.kill(pid, 'SIGQUIT');
    await until(() => !isAlive(pid));
  }
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Most have ended by now, and their number may be somebody else's. */
function isOurs(pid: number): boolean {
  return isAlive(pid) && procFile(pid, 'cmdline').includes('listen_addresses=127.0.0.1');
}

/** What Linux says about a process; empty for one that is gone, and on other systems. */
function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether a process runs; a zombie, which only waits for its parent, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !/^State:\s+Z/m.test(procFile(pid, 'status'));
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

/** Runs one query on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(text);
  } finally {
    // Without a limit it would wait for ever after a lost connection.
    await sql.end({ timeout: 1 });
  }
}

export function permissionsOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
