import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { openConnection, post, send } from '../send.ts';

let server: OwnServer;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
});
afterAll(() => server.close());

const json = { 'content-type': 'application/json' };
const kibibyte = 1024;

/** A well-formed call of exactly so many bytes. */
function bodyOf(length: number): string {
  const body = (filler: string) => JSON.stringify({ json: { token: 'x', filler } });
  return body('x'.repeat(length - body('').length));
}

test('a body may have 64 KiB and not a byte more, and the refusal is a typed one (R-TRN-09)', async () => {
  const call = (body: string) => send(server.url, '/trpc/auth.verifyToken', { method: 'POST', headers: json, body });
  expect(await call(bodyOf(64 * kibibyte))).toMatchObject({ status: 400, refusal: { fields: [{ code: 'unrecognized_keys' }] } });
  expect(await call(bodyOf(64 * kibibyte + 1))).toMatchObject({ status: 413, refusal: { reason: 'invalid_input', httpStatus: 413 } });
});

test('nor may it without saying its length, and the rest of it is not awaited (R-TRN-09)', async () => {
  const connection = await openConnection(server.url);
  connection.write(
    'POST /trpc/auth.verifyToken HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  for (let sent = 0; sent < 65; sent += 1) connection.write(`400\r\n${'x'.repeat(kibibyte)}\r\n`);
  expect(await connection.until(/"reason":"\w+"/)).toMatch(/^HTTP\/1\.1 413 .*"reason":"invalid_input"/s);
  connection.socket.destroy();
});

test('a length that is a lie, or no number, is refused (R-TRN-09)', async () => {
  for (const length of ['5', '-1', 'x', '1e3', '99999999999999999999']) {
    const connection = await openConnection(server.url);
    connection.write(
      `POST /trpc/auth.logout HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n{"json":{"a":1}}`,
    );
    await connection.ended;
    expect(connection.received()).not.toMatch(/HTTP\/1\.1 5\d\d/);
    expect(connection.received()).toMatch(/HTTP\/1\.1 (400|413|200) /);
  }
});

test.each(['/trpc/auth.session', '/livez', '/', '/nowhere', '/dev/mailbox.json'])(
  'a URL may have 8 KiB and not a byte more: %s (R-TRN-09)',
  async (path) => {
    const filled = (length: number) => `${path}?${'x'.repeat(length - path.length - 1)}`;
    expect((await send(server.url, filled(8 * kibibyte))).status).not.toBe(414);
    expect(await send(server.url, filled(8 * kibibyte + 1))).toMatchObject({
      status: 414,
      refusal: { reason: 'invalid_input', httpStatus: 414 },
    });
  },
);

test('the names of a batch may be as long as the longest ten, and no longer (R-TRN-09)', async () => {
  const ten = Array.from({ length: 10 }, () => 'registration.requestEmailChange').join(',');
  expect((await send(server.url, `/trpc/${ten}?batch=1`)).status).toBe(405);
  const long = await send(server.url, `/trpc/${'x'.repeat(601)}`);
  expect(long).toMatchObject({ status: 414, refusal: { reason: 'invalid_input', requestId: long.headers['x-request-id'] } });
  expect(long.text).not.toContain('xxx');
});

test('headers may have 16 KiB together (R-TRN-09)', async () => {
  const call = (length: number) => send(server.url, '/livez', { headers: { 'x-filler': 'x'.repeat(length) } });
  expect((await call(15 * kibibyte)).status).toBe(200);
  const refused = await call(16 * kibibyte);
  expect(refused).toMatchObject({ status: 431, refusal: { reason: 'invalid_input', requestId: refused.headers['x-request-id'] } });
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 1]));

test.each([
  ['20 levels', nested(20), 'unrecognized_keys'],
  ['21 levels', nested(21), null],
  ['21 levels of lists', Array.from({ length: 21 }).reduce((inner) => [inner], 1), null],
  ['10,000 levels', null, null],
  ['200 keys', wide(200), 'unrecognized_keys'],
  ['201 keys', wide(201), null],
  ['201 items', { emails: Array.from({ length: 201 }, () => 1) }, null],
])('an input of %s is refused before it is validated, or by what validates it (R-TRN-09)', async (name, input, code) => {
  const headers = { ...json, origin: server.url };
  const text = name === '10,000 levels' ? `{"json":${'['.repeat(10_000)}${']'.repeat(10_000)}}` : JSON.stringify({ json: input });
  const answer = await send(server.url, '/trpc/auth.verifyToken', { method: 'POST', headers, body: text });
  expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
  // Only what got as far as the schema is told what was wrong with it.
  const codes = answer.refusal?.fields?.map((field) => field.code) ?? null;
  if (code === null) expect(codes).toBeNull();
  else expect(codes).toContain(code);
});

test('the same limits hold for each input of a batch, for annotations and for queries (R-TRN-09)', async () => {
  const deep = nested(21);
  const inBatch = await post(server.url, 'auth.verifyToken,auth.logout?batch=1', { 0: { json: { token: 'x' } }, 1: { json: deep } });
  expect(inBatch).toMatchObject({ refusal: { reason: 'invalid_input' } });
  const annotated = await post(server.url, 'auth.verifyToken', { json: { token: 'x' }, meta: { values: deep } });
  expect(annotated).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
  const asked = await send(server.url, `/trpc/auth.users.find?input=${encodeURIComponent(JSON.stringify({ json: deep }))}`);
  expect([400, 401]).toContain(asked.status);
});
