// `npm start`: installs and builds what is needed, then runs the server until it ends.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

try {
  prepare();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// Password hashes occupy this pool of threads; file and name look-ups need some of their own.
const threads = process.env.UV_THREADPOOL_SIZE ?? String(availableParallelism() + 4);
const server = spawn(process.execPath, [join(root, 'apps/auth-server/dist/main.js')], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, UV_THREADPOOL_SIZE: threads },
});

// Ctrl-C in a terminal reaches the server directly as well: it takes a second signal for the first one repeated.
for (const signal of Object.keys(signalNumbers)) process.on(signal, () => server.kill(signal));

// npm and pnpm end on a signal without passing it on. Started by one of them, the server ends with it.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    server.kill('SIGTERM');
  }, 500);
}

server.once('error', (error) => {
  console.error(`The server could not be started: ${error.message}`);
  process.exit(1);
});
server.once('exit', (code, signal) => process.exit(code ?? 128 + (signalNumbers[signal] ?? 0)));
