import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Ways to make SQL of a text, and the only files that may: the way Drizzle's own texts go, and a list of our own tables. */
const textToSql = /\bsql\.raw\(|\.unsafe\(|\bsql\.identifier\(|\bStringChunk\b|\bnew SQL\(/;
const mayMakeSql = ['packages/user-core/src/database/connection.ts', 'packages/user-core/src/purge.ts'];

test('no statement is put together from a text, and no name in one comes from an input (R-STO-04)', () => {
  const sources = ['packages', 'apps']
    .flatMap((folder) => readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /^\w+\/[\w-]+\/src\/.*\.tsx?$/.test(path) && !/\.test\.tsx?$|\/src\/testing\//.test(path));
  expect(sources.length).toBeGreaterThan(100);
  const found = sources.filter((path) => textToSql.test(readFileSync(`${root}/${path}`, 'utf8')));
  expect(found.sort()).toEqual(mayMakeSql);
});

let router: TestRouter;
const nickname = z.string();

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { fields: z.object({ nickname }).partial() });
});
afterAll(() => router.close());

const hostile = [
  `'; drop schema latchkey cascade; --`,
  `' or '1'='1`,
  `$1`,
  `\\'; select pg_sleep(60); --`,
  `"latchkey"."user"`,
  `{"a": "}'"}`,
  `%_\\`,
  `E'\\x27'`,
];

test.each(hostile)('%s is a text like any other, wherever it is given (R-STO-04)', async (text) => {
  const { browser, email, username } = await signedInPerson(router);
  const fields = { nickname: text };
  const { data } = await browser.call('auth.updateUser', { firstName: text, lastName: text, fields });
  expect(data).toMatchObject({ email, username, firstName: text, lastName: text, fields });
  expect((await browser.call('auth.user')).data).toMatchObject({ firstName: text, lastName: text, fields });
  const stranger = router.browser({ userAgent: text });
  expect(await stranger.refusalOf('auth.login', { identifier: text, password: text })).toBe('invalid_credentials');
  expect(await stranger.refusalOf('auth.login', { identifier: `${text}@example.com`, password: text })).toBe('invalid_credentials');
  expect(await stranger.refusalOf('registration.verifyEmail', { token: text })).toBe('invalid_token');
  expect(await stranger.refusalOf('auth.refresh', { refreshToken: text })).toBe('not_authenticated');
  expect(await stranger.refusalOf('auth.serviceToken', { serviceKey: text })).toBe('invalid_credentials');
  expect((await stranger.call('auth.verifyToken', { token: text })).data).toEqual({ active: false });
});
