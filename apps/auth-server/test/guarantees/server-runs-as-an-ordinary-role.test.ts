import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { signedInPerson } from '../person.ts';
import { startTestServer } from '../start-server.ts';

const name = `latchkey_app_${randomBytes(4).toString('hex')}`;
const password = randomBytes(12).toString('hex');
const secret = randomBytes(32).toString('base64url');
let admin: postgres.Sql;
let url: string;

beforeAll(async () => {
  admin = postgres(inject('databaseUrl'), { max: 1, onnotice: () => {} });
  await admin.unsafe(`create role ${name} login password '${password}' nosuperuser nocreatedb nocreaterole nobypassrls noreplication`);
  await admin.unsafe(`create database ${name}`);
  await admin.unsafe(`grant connect, create on database ${name} to ${name}`);
  url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}`, username: name, password }).href;
});
afterAll(async () => {
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.unsafe(`drop role ${name}`);
  await admin.end();
});

test('a role that may make schemas runs the server; once the tables are there, not even that is needed (R-STO-05)', async () => {
  const first = await startTestServer({ databaseUrl: url, env: { SECRET: secret } });
  const person = await signedInPerson(first.url);
  expect((await person.browser.query('auth.user')).data).toMatchObject({ email: person.email });
  expect(await first.stop()).toBe(0);

  await admin.unsafe(`revoke create on database ${name} from ${name}, public`);
  const second = await startTestServer({ databaseUrl: url, env: { SECRET: secret } });
  const browser = openBrowser(second.url);
  const login = { identifier: person.email, password: person.password };
  expect((await browser.call('auth.login', login)).data).toMatchObject({ status: 'authenticated' });
  expect(await signedInPerson(second.url)).toMatchObject({ email: expect.any(String) });
  expect(await second.stop()).toBe(0);
});
