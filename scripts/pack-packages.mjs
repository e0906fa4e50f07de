// Packs what is published, as a release would: `node scripts/pack-packages.mjs <folder>` answers the tarballs, by package.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './prepare.mjs';

/** Packs every package of `packages/` into a folder; answers the tarballs by the names of the packages. */
export function packPackages(folder) {
  mkdirSync(folder, { recursive: true });
  const { packageManager } = read('package.json');
  const args = ['--yes', packageManager, '--filter', './packages/*', '--recursive', 'pack', '--pack-destination', folder];
  // npx is a batch file on Windows, which only a shell starts.
  const { status, stdout, stderr } = spawnSync('npx', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`packing failed:\n${stdout}${stderr}`);
  const manifests = readdirSync(join(root, 'packages')).map((name) => read(`packages/${name}/package.json`));
  return Object.fromEntries(
    manifests.map(({ name, version }) => [name, join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)]),
  );
}

function read(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

const [, program, folder] = process.argv;
if (program && import.meta.url === pathToFileURL(program).href) console.log(JSON.stringify(packPackages(folder)));
