// What the packages export, as their JSDoc tells it. `npm run docs:api` writes pages into docs/api, which is not committed;
// with `--check` nothing is written, and every export has to say what it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { prepare, root } from './prepare.mjs';

const isCheck = process.argv.includes('--check');
if (!isCheck) prepare();

/** The source of every entry of every package, by the name under which it is imported. */
const entries = new Map(
  readdirSync(join(root, 'packages')).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    return Object.entries(exports)
      .filter(([, target]) => target.types)
      .map(([subpath, { types }]) => [sourceOf(join('packages', folder, types)), name + subpath.slice(1)]);
  }),
);

const app = await Application.bootstrap({
  name: 'Latchkey',
  entryPoints: [...entries.keys()],
  tsconfig: join(root, 'tsconfig.test.json'),
  // The compiler of the gate has looked for errors already.
  skipErrorChecking: true,
  readme: 'none',
  gitRevision: 'main',
  disableSources: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await app.convert();
if (!project) throw new Error('the sources could not be read');
app.validate(project);

const silent = [];
let count = 0;
for (const module of project.children) {
  // TypeDoc names a module by the path of its source.
  module.name = [...entries].find(([source]) => source.replace(/\.tsx?$/, '').endsWith(`/${module.name}`))[1];
  for (const item of module.children ?? []) {
    count += 1;
    if (!isDocumented(item)) silent.push(`${module.name} exports ${item.name} without a word about it`);
  }
}
console.log(`${count} exports of ${entries.size} entries, ${silent.length} undocumented`);
for (const problem of silent) console.error(`✘ ${problem}`);
if (silent.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
else if (!isCheck) await app.generateDocs(project, join(root, 'docs/api'));

function isDocumented(item) {
  return item.hasComment() || item.isReference?.() || (item.signatures?.every((signature) => signature.hasComment()) ?? false);
}

/** TypeScript writes `dist/x.d.ts` from `src/x.ts` or `src/x.tsx`. */
function sourceOf(declaration) {
  const base = declaration.replace('/dist/', '/src/').replace(/\.d\.ts$/, '');
  return ['.ts', '.tsx'].map((extension) => join(root, base + extension)).find(existsSync);
}
