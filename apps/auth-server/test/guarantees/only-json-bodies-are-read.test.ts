import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { type Person, signedInPerson } from '../person.ts';
import { openConnection, send } from '../send.ts';

let server: OwnServer;
let person: Person;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
  person = await signedInPerson(server.url);
});
afterAll(() => server.close());

const forms = [
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/plain; application/json',
  'application/octet-stream',
  'application/jsonp',
  'application/json, text/plain',
  'application/xml',
  '',
  undefined,
];

test.each(forms)('a mutation whose body is %j is refused and does not run (R-TRN-02)', async (contentType) => {
  const { browser } = person;
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { cookie, origin: server.url, ...(contentType !== undefined && { 'content-type': contentType }) };
  // Without an input, as a form on another page could send it.
  const answer = await send(server.url, '/trpc/auth.logout', { method: 'POST', headers, body: '{}' });
  expect(answer).toMatchObject({ status: 415, refusal: { reason: 'invalid_input', httpStatus: 415 } });
  expect((await browser.query('auth.session')).data).not.toBeNull();
});

test('a body is read as it is or not at all: other bytes than UTF-8, other letters and packed ones are refused (R-TRN-02)', async () => {
  const post = (body: Buffer, headers: Record<string, string> = {}) =>
    send(server.url, '/trpc/auth.login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url, ...headers },
      body,
    });
  const json = Buffer.from('{"json":{"identifier":"nobody@example.com","password":"goodpass-x"}}');
  const broken = Buffer.from(json.toString('latin1').replace('goodpass-x', 'goodpass-x\xff\xfe'), 'latin1');
  expect(await post(json)).toMatchObject({ status: 401 });
  expect(await post(json, { 'content-type': 'application/json; charset=UTF-8' })).toMatchObject({ status: 401 });
  expect(await post(broken)).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
  expect(await post(json, { 'content-type': 'application/json; charset=latin1' })).toMatchObject({ status: 415 });
  expect(await post(json, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
});

test('the refusal comes before a byte of the body has been sent (R-TRN-02)', async () => {
  for (const contentType of ['multipart/form-data; boundary=x', 'application/octet-stream', 'text/plain']) {
    const connection = await openConnection(server.url);
    connection.write(
      `POST /trpc/auth.logout HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\ncontent-length: ${64 * 1024 * 1024}\r\n\r\n`,
    );
    expect(await connection.until(/\r\n\r\n[\s\S]+}/)).toMatch(/^HTTP\/1\.1 415 /);
    connection.socket.destroy();
  }
});

test('a form of 256 MB is not kept in memory (R-TRN-02)', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const connection = await openConnection(server.url);
  connection.write(
    'POST /trpc/auth.logout HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  await connection.until(/\r\n\r\n[\s\S]+}/);
  const before = residentMegabytes();
  for (let sent = 0; sent < 256; sent += 1) {
    await new Promise((resolve) =>
      connection.socket.write(Buffer.concat([Buffer.from('100000\r\n'), megabyte, Buffer.from('\r\n')]), resolve),
    );
  }
  // What was taken off the wire was thrown away; a buffer of it would be here at least once.
  expect(residentMegabytes() - before).toBeLessThan(128);
  connection.socket.destroy();
  expect((await send(server.url, '/livez')).status).toBe(200);
});

/** What the server's process holds; where the system does not say, what this one does. */
function residentMegabytes(): number {
  const file = `/proc/${server.process.pid}/status`;
  if (!existsSync(file)) return process.memoryUsage().rss / 1024 / 1024;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}
