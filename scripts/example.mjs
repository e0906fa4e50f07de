// `npm run example`: the auth server, and the notes service of `apps/example-service` beside it, until both end.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { prepare, root } from './prepare.mjs';
import { startAuthServer, startProgram, whenAskedToEnd } from './running.mjs';

const { AUTH_PORT = '3000', NOTES_PORT = '3001', NODE_ENV } = process.env;
const authUrl = `http://localhost:${AUTH_PORT}`;
const notesUrl = `http://localhost:${NOTES_PORT}`;
const authEnv = { PORT: AUTH_PORT, PUBLIC_URL: authUrl, ALLOWED_ORIGINS: notesUrl };
const account = 'example-service';

/** Those that run, the later ones first: each is stopped before what it asks. */
const running = [];
let ending = null;

try {
  if (NODE_ENV === 'production') throw new Error('This is for development: it makes keys by itself.');
  prepare(['apps/web', 'apps/example-service']);
  whenAskedToEnd('example', () => end(0));
  keep(startAuthServer(authEnv));
  await answers(`${authUrl}/readyz`);
  const AUTH_SERVICE_KEY = newServiceKey();
  keep(startProgram('apps/example-service/dist/main.js', { PORT: NOTES_PORT, AUTH_URL: authUrl, AUTH_SERVICE_KEY }));
  await answers(`${notesUrl}/livez`);
  console.log(`Notes are ready at ${notesUrl} (register at ${authUrl}/register, read the mail at ${authUrl}/dev/mailbox)`);
} catch (error) {
  if (!ending) console.error(error.message);
  await end(1);
}

function keep(child) {
  const ended = new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  running.unshift({ child, ended });
  // One without the other is of no use.
  ended.then(end);
}

function end(code) {
  ending ??= (async () => {
    const codes = [code];
    for (const { child, ended } of running) {
      child.kill('SIGTERM');
      codes.push(await ended);
    }
    process.exit(Math.max(...codes));
  })();
  return ending;
}

async function answers(url) {
  for (let tries = 0; tries < 1200 && !ending; tries += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error(`${url} does not answer`);
}

/** The key of the service's account: keys are shown once, so every start takes a new one. */
function newServiceKey() {
  const rotated = serviceAccount('rotate', account, '--overlap-hours', '0');
  const { status, stdout, stderr } = rotated.status === 0 ? rotated : serviceAccount('create', account, '--scopes', 'users:read');
  const key = /^lka_\S+$/m.exec(stdout)?.[0];
  if (status !== 0 || !key) throw new Error(`The service account could not be made: ${stderr}`);
  return key;
}

function serviceAccount(...args) {
  const program = join(root, 'apps/auth-server/dist/service-account.js');
  return spawnSync(process.execPath, [program, ...args], { cwd: root, env: { ...process.env, ...authEnv }, encoding: 'utf8' });
}
