// Holds the types that leave our packages: every package they name is declared, and what a client names stays small.
// A name that is not declared does not fail: under pnpm its types silently become `any`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from './prepare.mjs';

/** What may be reached from each entry of the client: the compiler of an application loads all of it. */
const entries = {
  'packages/auth-client/dist/auth-client.d.ts': ['@trpc/client', '@trpc/server'],
  'packages/auth-client/dist/react.d.ts': ['@trpc/client', '@trpc/server', '@trpc/tanstack-react-query', '@tanstack/react-query', 'react'],
  'packages/auth-client/dist/server.d.ts': ['@trpc/client', '@trpc/server'],
};
const ours = { '#api': 'packages/auth-client/dist/router/api/api.d.ts' };

const problems = [
  ...readdirSync(join(root, 'packages')).flatMap(undeclared),
  ...Object.entries(entries).flatMap(([entry, may]) => tooMuch(entry, may)),
];
for (const problem of problems) console.error(`✘ ${problem}`);
console.log(problems.length === 0 ? 'every declaration names what is declared' : `${problems.length} problems with declarations`);
process.exitCode = problems.length === 0 ? 0 : 1;

function undeclared(folder) {
  const {
    name: own,
    dependencies,
    peerDependencies,
    imports,
  } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  const declared = new Set([own, ...Object.keys({ ...dependencies, ...peerDependencies, ...imports })]);
  const dist = join(root, 'packages', folder, 'dist');
  const files = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.d.ts'));
  if (files.length === 0) return [`packages/${folder} has no declarations: build it first`];
  return files.flatMap((path) =>
    namesIn(join(dist, path))
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !declared.has(packageOf(name)))
      .map((name) => `packages/${folder}/dist/${path} names ${name}, which its package does not declare`),
  );
}

/** Follows an entry through every file that it names. */
function tooMuch(entry, may) {
  const [open, seen, found] = [[join(root, entry)], new Set(), []];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const name of namesIn(file)) {
      const path = ours[name] ? join(root, ours[name]) : name.startsWith('.') ? declarationOf(resolve(dirname(file), name)) : null;
      if (path) open.push(path);
      else if (!may.includes(packageOf(name))) found.push(`${entry} reaches ${name} by way of ${file.slice(root.length)}`);
    }
  }
  console.log(`${entry}: ${seen.size} files of ours`);
  return found;
}

function declarationOf(path) {
  const declaration = path.replace(/\.tsx?$/, '.d.ts');
  if (!existsSync(declaration)) throw new Error(`${declaration} is not there`);
  return declaration;
}

function namesIn(file) {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|import)\s*["']([^"']+)["']/g)].map(([, name]) => name);
}

function packageOf(name) {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
