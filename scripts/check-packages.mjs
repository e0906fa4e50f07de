// Holds what is published to what its users can use: packs every package and looks into the tarballs as npm, bundlers and
// compilers do. The packages are ECMAScript modules and nothing else, so the ways of CommonJS are not looked at.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPackages } from './pack-packages.mjs';

/** What a client makes its users install. None of it is a server. */
const clientDependencies = ['@trpc/client', '@trpc/server', 'jose', 'superjson'];
const mayBeInside = /^(package\.json|README\.md|LICENSE|migrations\/.+|dist\/.+(\.js|\.js\.map|\.d\.ts))$/;
const mustBeInside = ['package.json', 'README.md', 'LICENSE'];
const mustBeSaid = ['name', 'version', 'description', 'license', 'type', 'sideEffects', 'engines', 'exports', 'files'];

const problems = [];
const versions = new Set();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-pack-'));
try {
  for (const [name, tarball] of Object.entries(packPackages(folder))) {
    const data = readFileSync(tarball);
    const content = createPackageFromTarballData(data);
    versions.add(content.packageVersion);
    const found = [...contentProblems(content), ...(await lintProblems(tarball)), ...(await typeProblems(content))];
    console.log(`${name}: ${content.listFiles().length} files, ${Math.ceil(data.length / 1000)} kB, ${found.length} problems`);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (versions.size !== 1) problems.push(`the packages are released together, and have the versions ${[...versions].join(', ')}`);
for (const problem of problems) console.error(`✘ ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function contentProblems(content) {
  const base = `/node_modules/${content.packageName}/`;
  const files = content.listFiles().map((path) => path.slice(base.length));
  const manifest = JSON.parse(content.readFile(`${base}package.json`));
  const wanted = { ...manifest.dependencies, ...manifest.peerDependencies };
  return [
    ...files.filter((path) => !mayBeInside.test(path) || /[.-]test\b/.test(path)).map((path) => `${path} is not for its users`),
    ...mustBeInside.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...mustBeSaid.filter((field) => manifest[field] === undefined).map((field) => `package.json has no ${field}`),
    ...Object.entries(wanted).flatMap(([name, range]) =>
      /^(workspace|file|link):/.test(range) ? [`it depends on ${name} by ${range}`] : [],
    ),
    ...Object.keys(manifest.dependencies)
      .filter((name) => content.packageName === '@latchkey/auth-client' && !clientDependencies.includes(name))
      .map((name) => `a client would install ${name}`),
  ];
}

async function lintProblems(tarball) {
  const { messages, pkg } = await publint({ pack: { tarball: readFileSync(tarball) }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

async function typeProblems(content) {
  const { problems: found } = await checkPackage(content);
  const ours = found.filter(
    ({ resolutionKind = 'bundler', resolutionOption = 'bundler' }) =>
      /^(node16-esm|bundler)$/.test(resolutionKind) && resolutionOption !== 'node10',
  );
  return ours.map(({ kind, ...rest }) => `types: ${kind} ${JSON.stringify(rest).slice(0, 300)}`);
}
