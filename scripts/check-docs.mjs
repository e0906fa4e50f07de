// Holds the documentation to the code: what it promises is tested, and the files it names are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { guaranteeRows, testTitles } from './guarantees.mjs';
import { root } from './prepare.mjs';
import { generatedDocuments } from './write-docs.mjs';

const problems = new Set([...guaranteeProblems(), ...linkProblems(), ...excerptProblems(), ...(await generatedProblems())]);
for (const problem of problems) console.error(`✘ ${problem}`);
console.log(problems.size === 0 ? 'the documentation holds' : `${problems.size} problems`);
process.exitCode = problems.size === 0 ? 0 : 1;

/** Every id has one row; every listed test is there and cites the id in a title; every cited id is listed. */
function guaranteeProblems() {
  const catalogue = { REG: 14, SES: 17, PWD: 17, SOC: 18, '2FA': 15, TOK: 15, TRN: 17, STO: 11, OPS: 12 };
  const expected = Object.entries(catalogue).flatMap(([area, count]) =>
    Array.from({ length: count }, (_, index) => `R-${area}-${String(index + 1).padStart(2, '0')}`),
  );
  const rows = guaranteeRows();
  const found = [];
  for (const id of expected) {
    const count = rows.filter((row) => row.id === id).length;
    if (count !== 1) found.push(`docs/guarantees.md has ${count} rows for ${id}`);
  }
  const titles = testTitles();
  const listed = new Set();
  for (const { id, proof } of rows) {
    if (!expected.includes(id)) found.push(`docs/guarantees.md lists ${id}, which nobody knows`);
    if (/^open: \S/.test(proof)) continue;
    for (const [, path] of proof.matchAll(/`([^`]+)`/g)) {
      listed.add(`${id} ${path}`);
      if (!titles.get(path)?.includes(id)) found.push(`${path} does not cite ${id} in a title`);
    }
    if (!proof.includes('`')) found.push(`${id} names no test and is not open`);
  }
  for (const [path, text] of titles) {
    for (const [id] of text.matchAll(/R-\w+-\d+/g)) {
      if (!listed.has(`${id} ${path}`)) found.push(`${path} cites ${id}, and docs/guarantees.md does not list it there`);
    }
  }
  const open = rows.filter(({ proof }) => proof.startsWith('open:')).length;
  console.log(`${rows.length - open} guarantees shown, ${open} open`);
  return found;
}

/** Relative links between the documents lead somewhere. */
function linkProblems() {
  return documents().flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .filter(([, target]) => !existsSync(join(root, dirname(path), target)))
      .map(([, target]) => `${path} links to ${target}, which is not there`),
  );
}

/** A block of code that names a file after its language is in that file, but for how far it is indented. */
function excerptProblems() {
  return documents().flatMap((path) =>
    [...read(path).matchAll(/^```\w+ (\S+)\n(.*?)\n```$/gms)]
      .filter(([, source, excerpt]) => !existsSync(join(root, source)) || !flat(read(source)).includes(flat(excerpt)))
      .map(([, source, excerpt]) => `${path} shows what is not in ${source}: ${excerpt.split('\n')[0]}`),
  );
}

function flat(text) {
  return `\n${text}\n`.replace(/\n\s+/g, '\n');
}

function documents() {
  return readdirSync(root, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md') && !/(^|\/)(node_modules|dist|\.data|\.git)\//.test(path));
}

/** What is written from the code says what the code says now. */
async function generatedProblems() {
  return Object.entries(await generatedDocuments())
    .filter(([path, text]) => !existsSync(join(root, path)) || read(path) !== text)
    .map(([path]) => `${path} is out of date: node scripts/write-docs.mjs`);
}

function read(path) {
  return readFileSync(join(root, path), 'utf8');
}
