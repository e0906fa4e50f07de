import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, where every command runs. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Brings a fresh clone, or one after a pull, to the point where everything is installed and built. Throws when it cannot.
 * Its own output goes to the standard error, so that a command's standard output is the command's alone.
 */
export function prepare() {
  checkNode();
  if (!isInstalled()) install();
  build();
}

/** Runs a command to its end with its output on this terminal, and answers its exit code. */
export function run(command, args, { cwd = root, env = {}, shell = false, output = 1 } = {}) {
  const result = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['inherit', output, 'inherit'], shell });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function checkNode() {
  const required = manifest.engines.node.replace('>=', '');
  const [major, minor] = required.split('.').map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  throw new Error(`Latchkey needs Node.js ${required} or newer; this is ${process.versions.node}. See https://nodejs.org`);
}

/** pnpm writes this list last, so it is as old as the last complete installation. */
function isInstalled() {
  const list = join(root, 'node_modules/.modules.yaml');
  return existsSync(list) && statSync(list).mtimeMs >= statSync(join(root, 'pnpm-lock.yaml')).mtimeMs;
}

function install() {
  const pnpm = manifest.packageManager.split('+')[0];
  console.error(`Installing with ${pnpm} …`);
  // NODE_ENV=production would leave out the compiler; and there may be nobody to answer a question.
  const options = ['--frozen-lockfile', '--prod=false', '--config.confirmModulesPurge=false'];
  // npx is a batch file on Windows, which only a shell starts.
  const code = run('npx', ['--yes', pnpm, 'install', ...options], { shell: process.platform === 'win32', output: 2 });
  if (code !== 0) throw new Error(`Installing failed (exit code ${code}).`);
}

function build() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  // The compiler looks at its notes, not at its output: it would not notice that somebody deleted a dist folder.
  const complete = references.every(({ path }) => existsSync(join(root, path, 'dist')));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  if (run(process.execPath, [tsc, '-b', ...(complete ? [] : ['--force'])], { output: 2 }) !== 0) {
    throw new Error('Building failed: see the compiler messages above.');
  }
  if (!webIsStale()) return;
  const web = join(root, 'apps/web');
  const vite = join(web, 'node_modules/vite/bin/vite.js');
  if (run(process.execPath, [vite, 'build'], { cwd: web, env: { NODE_ENV: 'production' }, output: 2 }) !== 0) {
    throw new Error('Building the web app failed: see the messages above.');
  }
}

function webIsStale() {
  const web = join(root, 'apps/web');
  if (!existsSync(join(web, 'index.html'))) return false;
  const page = join(web, 'dist/index.html');
  if (!existsSync(page)) return true;
  const sources = [web, join(root, 'packages/auth-client/dist'), join(root, 'pnpm-lock.yaml')];
  return Math.max(...sources.map(newestChange)) > statSync(page).mtimeMs;
}

/** When a file, or the newest file below a directory, was last changed. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  const names = readdirSync(path).filter((name) => !['node_modules', 'dist'].includes(name));
  return Math.max(0, ...names.map((name) => newestChange(join(path, name))));
}
