import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const pinned: Record<string, string> = {
  ...manifestOf('.').devDependencies,
  ...manifestOf('packages/user-core').dependencies,
  ...manifestOf('packages/auth-router').dependencies,
  ...manifestOf('packages/auth-client').dependencies,
  ...manifestOf('packages/auth-client').devDependencies,
};

/** Our packages as npm would hand them out, by name. */
export type Tarballs = Record<string, string>;

/** A project of somebody else: its folder is outside the workspace, and it knows our packages by their tarballs only. */
export type Project = {
  folder: string;
  install(manager: 'npm' | 'pnpm'): Promise<void>;
  run(file: string, ...args: string[]): Promise<string>;
};

/** A folder that is gone after the tests. */
export function openFolder(): { folder: string; close(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-packed-')));
  return { folder, close: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Copies a program into a folder of its own, with the packages that it names in a manifest. `ours` come from tarballs. */
export function makeProject(
  folder: string,
  program: 'client' | 'server',
  tarballs: Tarballs,
  ours: string[],
  libraries: string[],
): Project {
  cpSync(fileURLToPath(new URL(`./${program}`, import.meta.url)), folder, { recursive: true });
  const files = Object.fromEntries(Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`]));
  const dependencies = Object.fromEntries([...ours.map((name) => [name, files[name]]), ...libraries.map((name) => [name, pinned[name]])]);
  // Ours are in no registry: where one of them depends on another, that is a tarball as well.
  const manifest = { private: true, type: 'module', dependencies, pnpm: { overrides: files, packageExtensions } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  return {
    folder,
    install: async (manager) => {
      const [command, ...args] = installers[manager];
      await outputOf(folder, command, [...args, ...(manager === 'pnpm' ? ['--store-dir', join(folder, '../store')] : [])]);
    },
    run: (file, ...args) => outputOf(folder, process.execPath, [file, ...args]),
  };
}

/** As user-core's README says: this library imports what it does not declare. */
const packageExtensions = { 'rate-limiter-flexible': { dependencies: { 'drizzle-orm': pinned['drizzle-orm'] } } };

const installers = {
  npm: ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
  // Strict: nothing that is not declared can be found.
  pnpm: ['npx', '--yes', manifestOf('.').packageManager, 'install', '--ignore-workspace', '--prefer-offline', '--config.hoist=false'],
} as const;

/** Every package below a project, however deep, by name. */
export function packagesIn({ folder }: Project): string[] {
  const [byNpm, byPnpm] = [join(folder, 'node_modules/.package-lock.json'), join(folder, 'node_modules/.pnpm')];
  return existsSync(byNpm)
    ? Object.keys(JSON.parse(readFileSync(byNpm, 'utf8')).packages).map((path) => path.replace(/^.*node_modules\//, ''))
    : readdirSync(byPnpm).map((name) => name.replace(/(?<=.)@.*$/, '').replace('+', '/'));
}

/** `compiler` is a folder of TypeScript; the project's own unless told otherwise. */
export type CompileOptions = { types?: string[]; compiler?: string };

/**
 * Compiles a project with all that a careful user switches on, libraries' declarations included, into `out`. Answers what is
 * wrong, but for what other people's libraries say of themselves.
 */
export async function compile(project: Project, resolution: 'nodenext' | 'bundler', options: CompileOptions = {}): Promise<string[]> {
  const { types = [], compiler = join(project.folder, 'node_modules/typescript') } = options;
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2024', 'dom', 'dom.iterable'],
    module: resolution === 'bundler' ? 'esnext' : 'nodenext',
    moduleResolution: resolution,
    jsx: 'react-jsx',
    types,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: false,
    outDir: 'out',
  };
  writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  const said = await project.run(join(compiler, 'bin/tsc'), '-p', '.').catch(String);
  return said.split('\n').filter((line) => line.includes('error TS') && !/^node_modules\/(?!.*@latchkey\/)/.test(line));
}

/** Runs a command to its end; rejects with all that it said when it fails. */
export async function outputOf(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const { NODE_ENV: _, ...env } = process.env;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  const heard: string[] = [];
  child.stdout.on('data', (text) => said.push(String(text)));
  child.stderr.on('data', (text) => heard.push(String(text)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said.join('')}${heard.join('')}`);
  return said.join('');
}
