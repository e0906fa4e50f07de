// Holds the client to its weight, and to what may be in a page: bundles each entry as an application would, and looks inside.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { root } from './prepare.mjs';

const { build } = await import(pathToFileURL(createRequire(join(root, 'apps/web/package.json')).resolve('vite')).href);

/** Besides our own code: the wire format, and what it is made of. */
const always = ['superjson', 'copy-anything', 'is-what'];
/**
 * Bytes after gzip, beside the libraries that an application has anyway. `core` is the promise: 12 kB. Nothing else may be
 * inside: no server package, and in a page nothing of what is for servers.
 */
const entries = [
  { name: 'core', file: 'auth-client.js', most: 12_000, beside: /^@trpc\/(client|server\/observable)$/, inside: always },
  { name: 'react', file: 'react.js', most: 3_000, beside: /^(@trpc\/|@tanstack\/|react$|react\/jsx-runtime$)/, inside: always },
  {
    name: 'server',
    file: 'server.js',
    most: 18_000,
    beside: /^@trpc\/(client|server\/observable)$/,
    inside: [...always, 'jose'],
    isServer: true,
  },
];

const problems = [];
for (const { name, file, most, beside, inside, isServer = false } of entries) {
  const { code, imports, modules } = await bundle(join(root, 'packages/auth-client/dist', file), beside);
  const size = gzipSync(code, { level: 9 }).length;
  console.log(`${name}: ${size} bytes compressed, ${most} at most; beside ${imports.join(', ')}`);
  if (size > most) problems.push(`${name} weighs ${size} bytes; ${most} are the most`);
  for (const id of modules) if (!mayBeInside(id, inside, isServer)) problems.push(`${name} has ${id} inside`);
  for (const id of imports) if (!beside.test(id)) problems.push(`${name} imports ${id}`);
}
for (const problem of problems) console.error(`✘ ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function mayBeInside(id, libraries, isServer) {
  const [, library] = /^node_modules\/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
  return library ? libraries.includes(library) : /^packages\/auth-client\/dist\//.test(id) && (isServer || !/\/dist\/server/.test(id));
}

async function bundle(entry, beside) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry, formats: ['es'], fileName: 'bundle' },
      rollupOptions: { external: (id) => beside.test(id) },
    },
  });
  const [chunk, ...more] = output;
  if (more.length > 0) problems.push(`${entry} came in ${output.length} pieces`);
  const modules = Object.keys(chunk.modules).map((id) => id.replace(root, '').replace(/\?.*$/, ''));
  return { code: chunk.code, imports: chunk.imports, modules };
}
