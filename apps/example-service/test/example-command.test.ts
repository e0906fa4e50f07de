import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Example, startExample } from './example-command.ts';

let database: TestDatabase;
let example: Example | null = null;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});
afterAll(async () => {
  example?.close();
  await database.drop();
});

const isGone = (url: string) =>
  fetch(url).then(
    () => false,
    () => true,
  );

test('the command starts both servers, again and again, and Ctrl-C ends both', { timeout: 180_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-example-'));
  for (let times = 0; times < 2; times += 1) {
    example = await startExample(database.url, dataDir);
    expect(await (await fetch(`${example.notesUrl}/page-config.json`)).json()).toEqual({ authUrl: example.authUrl });
    expect(example.output()).not.toContain('lka_');
    expect(await example.interrupt()).toBe(0);
    expect([await isGone(example.notesUrl), await isGone(example.authUrl)]).toEqual([true, true]);
  }
});
