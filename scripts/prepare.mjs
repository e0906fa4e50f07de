import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, where every command runs. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Brings a fresh clone, or one after a pull, to the point where everything is installed and built. Throws when it cannot.
 * `appsWithPages` are those whose pages are bundled too. Its own output goes to the standard error, so that a command's standard output is the command's alone.
 */
export function prepare(appsWithPages = ['apps/web']) {
  checkNode();
  if (!isInstalled()) install();
  build();
  for (const app of appsWithPages) buildPages(app);
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
}

function buildPages(app) {
  const cwd = join(root, app);
  if (!pagesAreStale(cwd)) return;
  const vite = join(cwd, 'node_modules/vite/bin/vite.js');
  if (run(process.execPath, [vite, 'build'], { cwd, env: { NODE_ENV: 'production' }, output: 2 }) !== 0) {
    throw new Error(`Building the pages of ${app} failed: see the messages above.`);
  }
}

function pagesAreStale(app) {
  if (!existsSync(join(app, 'vite.config.ts'))) return false;
  const page = ['dist/index.html', 'dist/page/index.html'].map((path) => join(app, path)).find(existsSync);
  if (page === undefined) return true;
  const sources = [app, join(root, 'packages/auth-client/dist'), join(root, 'pnpm-lock.yaml')];
  return Math.max(...sources.map(newestChange)) > statSync(page).mtimeMs;
}

/** When a file, or the newest file below a directory, was last changed. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  const names = readdirSync(path).filter((name) => !['node_modules', 'dist'].includes(name));
  return Math.max(0, ...names.map((name) => newestChange(join(path, name))));
}
