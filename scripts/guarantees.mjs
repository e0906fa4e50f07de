// The table of promises and the tests that bear their names.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const document = join(root, 'docs/guarantees.md');
const row = /^\| (R-\w+-\d+) +\| (.+?) +\| (.+?) +\|$/;

/** Every row: its id, its promise, and the tests that show it or why it is open. */
export function guaranteeRows() {
  return readFileSync(document, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, id, promise, proof] = row.exec(line) ?? [];
      return id ? [{ id, promise, proof }] : [];
    });
}

/** The document with each row's tests as their titles say. What nobody cites stays as it is, for a person to see to. */
export function guaranteesText() {
  const titles = [...testTitles()].sort(([one], [other]) => (one < other ? -1 : 1));
  return readFileSync(document, 'utf8')
    .split('\n')
    .map((line) => {
      const [, id, promise, proof] = row.exec(line) ?? [];
      if (!id) return line;
      const tests = titles.filter(([, text]) => text.includes(id)).map(([path]) => `\`${path}\``);
      return `| ${id} | ${promise} | ${tests.join(' ') || proof} |`;
    })
    .join('\n')
    .replace(/^\| id +\| promise +\| test +\|\n\| -[- |]+$/gm, '| id | promise | test |\n|---|---|---|');
}

/** By path, the titles of a file's tests, in one text. */
export function testTitles() {
  const paths = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((path) => `${folder}/${path}`.replaceAll('\\', '/'))
      .filter((path) => /\.test\.tsx?$/.test(path) && !/\/(node_modules|dist)\//.test(path)),
  );
  // Called by name, or as what `test.each(…)` gave.
  const title = /(?:\b(?:test|describe)(?:\.\w+)?|\))\(\s*(['"`])((?:(?!\1).|\\\1)*)\1/g;
  return new Map(
    paths.map((path) => [path, [...readFileSync(join(root, path), 'utf8').matchAll(title)].map((match) => match[2]).join('\n')]),
  );
}
