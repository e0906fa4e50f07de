// The arrows and doors between modules, and the length of files.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { stdout, status } = spawnSync(process.execPath, [cruise, '--config', '.dependency-cruiser.cjs', 'packages', 'apps'], {
  cwd: root,
  encoding: 'utf8',
});
console.log(stdout);

// Without a compiler it can use, the tool looks at nothing and finds nothing wrong.
const looked = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
const problems = status === 0 && looked > 100 ? [] : [`the modules break rules, or could not be read (${looked} were)`];

const [longest, usual] = [250, 130];
const lengths = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => `${folder}/${path}`))
  .filter((path) => /^\w+\/[\w-]+\/src\/.*\.tsx?$/.test(path) && !path.includes('.test.'))
  .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }));
const long = lengths.filter(({ lines }) => lines > usual);
for (const { path, lines } of long) if (lines > longest) problems.push(`${path} has ${lines} lines; ${longest} are the most`);
if (long.length * 10 > lengths.length)
  problems.push(`${long.length} of ${lengths.length} files are over ${usual} lines; one in ten may be`);
console.log(`${lengths.length} files, ${long.length} over ${usual} lines`);

for (const problem of problems) console.error(`✘ ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
