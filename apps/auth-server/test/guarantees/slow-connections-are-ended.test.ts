import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { httpLimits } from '../../src/server.ts';
import { type LocalServer, openLocalServer } from '../local-server.ts';
import { type Connection, openConnection, send } from '../send.ts';

let server: LocalServer;

beforeAll(async () => {
  server = await openLocalServer(inject('databaseUrl'), {
    limits: {
      headersTimeout: 200,
      requestTimeout: 400,
      checkEvery: 50,
      handlerTimeout: 1_000,
      connectionTimeout: 3_000,
      keepAliveTimeout: 100,
    },
    prepare: (instance) => instance.get('/hangs', () => new Promise(() => undefined)),
  });
});
afterAll(() => server.close());

const head = 'POST /trpc/auth.logout HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

/** Sends a byte every few milliseconds, for as long as it may. */
async function trickle(connection: Connection, text: string): Promise<void> {
  const timer = setInterval(() => connection.write(text), 20);
  await connection.ended;
  clearInterval(timer);
}

test('a connection that never finishes its headers is ended, however it trickles (R-TRN-14)', async () => {
  const connection = await openConnection(server.url);
  connection.write(head);
  await trickle(connection, 'x: y\r\n');
  expect(connection.received()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"reason":"invalid_input"/);
});

test('so is one that never finishes its body (R-TRN-14)', async () => {
  const connection = await openConnection(server.url);
  connection.write(`${head}content-length: 60000\r\n\r\n`);
  await trickle(connection, 'x');
  expect(connection.received()).toMatch(/^HTTP\/1\.1 408 /);
});

test('so is one that says nothing (R-TRN-14)', async () => {
  const connection = await openConnection(server.url);
  await connection.ended;
  expect(connection.received()).not.toMatch(/200/);
});

test('so is one that was answered and asks nothing more (R-TRN-14)', async () => {
  const connection = await openConnection(server.url);
  connection.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await connection.ended;
  expect(connection.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('slow connections do not hold up others (R-TRN-14)', async () => {
  const slow = await Promise.all(Array.from({ length: 200 }, () => openConnection(server.url)));
  for (const connection of slow) connection.write(head);
  expect((await send(server.url, '/livez')).status).toBe(200);
  expect((await send(server.url, '/trpc/auth.session')).status).toBe(200);
  await Promise.all(slow.map(({ ended }) => ended));
});

test('work that does not end is given up, and the caller told to come back (R-TRN-14)', async () => {
  const answer = await send(server.url, '/hangs');
  expect(answer).toMatchObject({ status: 503, refusal: { reason: 'overloaded', requestId: answer.headers['x-request-id'] } });
  expect(answer.headers['retry-after']).toBe('1');
});

test('in earnest a request has ten seconds to arrive and ten to be answered (R-TRN-14)', async () => {
  const real = await openLocalServer(inject('databaseUrl'));
  const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = real.server.server;
  await real.close();
  expect({ requestTimeout, headersTimeout, keepAliveTimeout, timeout }).toEqual({
    requestTimeout: 9_000,
    headersTimeout: 8_000,
    keepAliveTimeout: 72_000,
    timeout: 30_000,
  });
  expect(requestTimeout + httpLimits.checkEvery).toBeLessThan(httpLimits.handlerTimeout);
  expect(httpLimits.handlerTimeout).toBe(10_000);
});
