import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** Whatever an excerpt was indented by where it came from. */
const flat = (text: string) => `\n${text}\n`.replace(/\n[ \t]+/g, '\n');

test('every piece of code in the tutorial says where it is from, and is there word for word', () => {
  const blocks = [...read('apps/example-service/README.md').matchAll(/^```tsx?(?: (\S+))?\n(.*?)\n```$/gms)];
  expect(blocks.length).toBeGreaterThan(12);
  for (const [, source, excerpt = ''] of blocks) {
    expect(source, excerpt).toMatch(/^apps\/example-service\/src\//);
    expect(flat(read(source ?? '')).includes(flat(excerpt)), `${source}: ${excerpt}`).toBe(true);
  }
});
