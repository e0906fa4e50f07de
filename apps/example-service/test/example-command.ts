import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent, freePort } from '../../auth-server/test/start-server.ts';
import { until } from '../../auth-server/test/until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** `npm run example` without the npm: both servers, on a database that is given. */
export type Example = { authUrl: string; notesUrl: string; output(): string; interrupt(): Promise<number | null>; close(): void };

export async function startExample(databaseUrl: string, dataDir = mkdtempSync(join(tmpdir(), 'latchkey-example-'))): Promise<Example> {
  const [authPort, notesPort] = [String(await freePort()), String(await freePort())];
  const { npm_lifecycle_event, ...inherited } = process.env;
  const ports = { AUTH_PORT: authPort, NOTES_PORT: notesPort };
  const env = { ...inherited, NODE_ENV: 'development', ...ports, DATABASE_URL: databaseUrl, DATA_DIR: dataDir, BCRYPT_COST: '10' };
  const child: ChildProcess = spawn(process.execPath, [...endWithParent, 'scripts/example.mjs'], {
    cwd: root,
    env,
    detached: true,
    stdio: 'pipe',
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (written += text));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  await until(() => written.includes('Notes are ready at') || isOver(), 90);
  if (isOver()) throw new Error(`the example ended:\n${written}`);
  return {
    authUrl: `http://localhost:${authPort}`,
    notesUrl: `http://localhost:${notesPort}`,
    output: () => written,
    /** Ctrl-C, which reaches everybody at once. Answers the exit code. */
    async interrupt() {
      process.kill(-(child.pid ?? 0), 'SIGINT');
      await until(isOver);
      return child.exitCode;
    },
    close() {
      // It leads a group of its own, so that nothing it started is left.
      if (!isOver() && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
