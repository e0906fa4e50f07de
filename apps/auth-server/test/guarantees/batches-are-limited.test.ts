import { createTestDatabase } from '@latchkey/user-core/testing';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';
import { post, send } from '../send.ts';
import { startTestServer } from '../start-server.ts';
import { until } from '../until.ts';

let server: OwnServer;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
});
afterAll(() => server.close());

const login = superjson.serialize({ identifier: 'nobody@example.com', password: 'a wrong pass phrase' });

/** Calls that carry nothing but their names and, where it takes one, the same input. */
function batchOf(names: string[], input: unknown) {
  return [`${names.join(',')}?batch=1`, Object.fromEntries(names.map((_, index) => [index, input]))] as const;
}

test('a batch of ten calls is answered and one of eleven is not (R-TRN-01)', async () => {
  const names = (count: number) => Array.from({ length: count }, () => 'auth.session').join(',');
  const ten = await send(server.url, `/trpc/${names(10)}?batch=1`);
  expect(ten.status).toBe(200);
  expect(JSON.parse(ten.text)).toHaveLength(10);
  for (const count of [11, 40, 60]) {
    const more = await send(server.url, `/trpc/${Array.from({ length: count }, () => 'a.b').join(',')}?batch=1`);
    expect(more).toMatchObject({ status: 400, refusal: { reason: 'batch_refused', requestId: more.headers['x-request-id'] } });
  }
  const eleven = await send(server.url, `/trpc/${names(11)}?batch=1`);
  expect(eleven).toMatchObject({ status: 400, refusal: { reason: 'batch_refused', requestId: eleven.headers['x-request-id'] } });
});

test.each([
  ['commas encoded once', '/trpc/', '%2C'],
  ['commas encoded twice', '/trpc/', '%252C'],
  ['another spelling of the path', '/%74rpc/', ','],
  ['both', '/t%72pc/', '%252C'],
])('calls are counted as they are read, not as they are spelt: %s (R-TRN-01)', async (_, mount, comma) => {
  const names = (count: number) => Array.from({ length: count }, () => 'auth.session').join(comma);
  const ten = await send(server.url, `${mount}${names(10)}?batch=1`);
  expect([ten.status, JSON.parse(ten.text).length]).toEqual([200, 10]);
  for (const count of [11, 30]) {
    const more = await send(server.url, `${mount}${names(count)}?batch=1`);
    expect(more.status).toBe(400);
    expect(more.text).not.toContain('result');
  }
});

test.each([
  ['the same twice', ['auth.login', 'auth.login']],
  ['two of a kind', ['auth.login', 'registration.register']],
  ['one among others', ['auth.logout', 'auth.login', 'auth.verifyToken', 'password.confirmReset']],
  ['an encoded comma', ['auth.login%2Cauth.login']],
  ['a comma encoded twice', ['auth.login%252Cauth.login']],
  ['an encoded name', ['auth%2Elogin', 'auth.%6Cogin']],
])('two calls that check credentials are both refused, and neither is tried: %s (R-TRN-01)', async (_, names) => {
  const person = newPerson(server.url);
  const before = server.output().length;
  const answer = await post(
    server.url,
    ...batchOf(names, superjson.serialize({ ...person, identifier: person.email, browser: undefined })),
  );
  expect([400, 207]).toContain(answer.status);
  const refused = (JSON.parse(answer.text) as { error?: { json: { data: { path: string; reason: string } } } }[])
    .flatMap(({ error }) => (error ? [error.json.data] : []))
    .filter(({ reason }) => reason === 'batch_refused');
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(answer.text).not.toContain('invalid_credentials');
  await until(() => server.output().length > before);
});

test('one call that checks a credential travels with others (R-TRN-01)', async () => {
  const [path, inputs] = batchOf(['auth.login', 'password.requestReset', 'auth.logout'], login);
  const answer = await post(server.url, path, { 0: inputs[0], 1: inputs[1] });
  expect(answer.status).toBe(207);
  expect(answer.text).toContain('invalid_credentials');
  expect(answer.text).toContain('logged_out');
});

test('limits count the calls of a batch, not the request (R-TRN-01)', async () => {
  const database = await createTestDatabase(inject('databaseUrl'));
  const limited = await startTestServer({ databaseUrl: database.url, env: { LIMITS: 'on' } });
  const addresses = Array.from({ length: 10 }, (_, index) => superjson.serialize({ email: `nobody${index}@example.com` }));
  const names = addresses.map(() => 'password.requestReset').join(',');
  const ask = () => post(limited.url, `${names}?batch=1`, { ...addresses });
  // Ten an hour for one client address.
  expect((await ask()).status).toBe(200);
  const second = await ask();
  expect(second.status).toBe(429);
  expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
  await limited.stop();
  await database.drop();
});
