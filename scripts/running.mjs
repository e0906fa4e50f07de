// What the commands that run servers have in common.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

export const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Starts a built program of the repository, with its output on this terminal. */
export function startProgram(path, env = {}) {
  return spawn(process.execPath, [join(root, path)], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
}

export function startAuthServer(env = {}) {
  // Password hashes occupy this pool of threads; file and name look-ups need some of their own.
  const threads = process.env.UV_THREADPOOL_SIZE ?? String(availableParallelism() + 4);
  return startProgram('apps/auth-server/dist/main.js', { UV_THREADPOOL_SIZE: threads, ...env });
}

/** Calls `end` with every signal, and when the npm or pnpm that ran the script `name` has gone. */
export function whenAskedToEnd(name, end) {
  // Ctrl-C in a terminal reaches the servers directly as well: they take a second signal for the first one repeated.
  for (const signal of Object.keys(signalNumbers)) process.on(signal, () => end(signal));
  // npm and pnpm end on a signal without passing it on. Started by one of them, the servers end with it.
  if (process.env.npm_lifecycle_event !== name) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end('SIGTERM');
  }, 500);
  watch.unref();
}
