import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type LocalServer, openLocalServer } from '../local-server.ts';
import { send } from '../send.ts';

let local: LocalServer;

beforeAll(async () => {
  local = await openLocalServer(inject('databaseUrl'));
});
afterAll(() => local.close());

test('a clock that differs from the database by more than two seconds is reported, and the server goes on (R-OPS-12)', async () => {
  const health = async () => JSON.parse((await send(local.url, '/readyz')).text);
  expect(await health()).toMatchObject({ ready: true, clockIsOff: false });
  local.clock.advance(60);
  const off = await health();
  expect(off).toMatchObject({ ready: true, clockIsOff: true });
  expect(off.clockSkewMilliseconds).toBeGreaterThan(30_000);
  expect(local.log()).toContain('"level":40');
  expect(local.log()).toContain("the clock differs from the database's");
  local.clock.advance(-60);
  expect(await health()).toMatchObject({ clockIsOff: false });
});

test('the time of day comes in by one door, and durations are measured by the clock that never jumps (R-OPS-12)', () => {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const files = ['packages/user-core/src', 'packages/auth-router/src', 'apps/auth-server/src'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true })
      .map((path) => `${folder}/${path}`)
      .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|test-data|\/testing\//.test(path)),
  );
  expect(files.length).toBeGreaterThan(100);
  const readers = files.filter((path) => /\bDate\.now\(|\bnew Date\(\)/.test(readFileSync(`${root}/${path}`, 'utf8')));
  expect(readers).toEqual(['apps/auth-server/src/host.ts']);
});
