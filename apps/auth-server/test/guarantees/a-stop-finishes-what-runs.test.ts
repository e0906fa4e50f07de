import { Agent, request } from 'node:http';
import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { newPerson } from '../person.ts';
import { openConnection, post, send } from '../send.ts';
import { startTestServer, startTwoServers, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

let database: TestDatabase;
const started: TestServer[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.kill();
  await database.drop();
});

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({ databaseUrl: database.url, env });
  started.push(server);
  return server;
}

/** A login that takes a good part of a second, because of its hashes: one that fails costs two. */
const slow = { BCRYPT_COST: '12' };
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://auth.example.test',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'no-reply@example.test',
  LIMITS: 'on',
};
const attempt = { json: { identifier: 'nobody@example.com', password: 'a wrong pass phrase' } };

async function ended(server: TestServer): Promise<{ code: number | null; signal: string | null }> {
  await until(() => server.process.exitCode !== null || server.process.signalCode !== null);
  return { code: server.process.exitCode, signal: server.process.signalCode };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets requests finish, says that it is not ready, and exits with 0 (R-OPS-07)',
  async (signal) => {
    const server = await start(slow);
    // As many as are hashed at once.
    const running = [1, 2].map(() => post(server.url, 'auth.login', attempt));
    await until(async () => (await send(server.url, '/livez')).status === 200);
    server.process.kill(signal);
    // It can still be asked while it works, and it says no.
    const ready: number[] = [];
    await until(async () => {
      const answer = await send(server.url, '/readyz').catch(() => null);
      if (answer) ready.push(answer.status);
      return ready.includes(503) || answer === null;
    });
    expect(ready.at(-1)).toBe(503);
    for (const answer of await Promise.all(running)) {
      expect(answer).toMatchObject({ status: 401, refusal: { reason: 'invalid_credentials' } });
    }
    expect(await ended(server)).toEqual({ code: 0, signal: null });
  },
);

test('an open connection is served once more, and then closed (R-OPS-07)', async () => {
  const server = await start(slow);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const running = post(server.url, 'auth.login', attempt);
  const first = await ask(server.url, agent);
  expect(first).toEqual({ status: 200, connection: 'keep-alive' });
  server.process.kill('SIGTERM');
  await until(() => send(server.url, '/readyz').then(({ status }) => status === 503));
  expect(await ask(server.url, agent)).toEqual({ status: 200, connection: 'close' });
  expect((await running).status).toBe(401);
  agent.destroy();
  expect((await ended(server)).code).toBe(0);
});

test('clients that do not finish, and connections that idle, do not keep it from ending (R-OPS-07)', async () => {
  const server = await start();
  const [halfHead, halfBody, idle] = await Promise.all([1, 2, 3].map(() => openConnection(server.url)));
  halfHead?.write('POST /trpc/auth.logout HTTP/1.1\r\nhost: x\r\n');
  halfBody?.write('POST /trpc/auth.logout HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
  idle?.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  await idle?.until(/200 OK/);
  server.process.kill('SIGTERM');
  // After ten seconds it would have given up, with another code.
  expect(await ended(server)).toEqual({ code: 0, signal: null });
});

test('a signal while it starts, and a second one while it stops, end it all the same (R-OPS-07)', async () => {
  const server = await start(slow);
  const running = post(server.url, 'auth.login', attempt);
  await until(async () => (await send(server.url, '/livez')).status === 200);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) server.process.kill(signal);
  expect((await running).status).toBe(401);
  expect((await ended(server)).code).toBe(0);
});

test('what was enqueued before the stop is delivered after the next start (R-OPS-07)', async () => {
  const env = { SECRET: 'a secret that both of them are given 0123' };
  const first = await start(env);
  const { email, password } = newPerson(first.url);
  const registering = post(first.url, 'registration.register', { json: { email, password } });
  await until(async () => (await send(first.url, '/livez')).status === 200);
  first.process.kill('SIGTERM');
  const answer = await registering.catch(() => null);
  expect((await ended(first)).code).toBe(0);
  const second = await start(env);
  // Whoever was answered gets the mail; a request that came too late was refused its connection and asks again.
  if (answer === null) await post(second.url, 'registration.register', { json: { email, password } });
  expect(await newPerson(second.url).browser.mailedToken('verify-email', email)).toMatch(/^lkv_/);
});

test('of two servers one can be restarted after the other without a failed request (R-OPS-07)', async () => {
  const pair = await startTwoServers(inject('databaseUrl'), { ...production, EMAIL_VERIFICATION: 'none' });
  let inUse: TestServer[] = [...pair.servers];
  let isOver = false;
  let answered = 0;
  const next = () => inUse[answered % inUse.length] ?? pair.servers[0];
  // As a balancer does: whoever does not say that it is ready is asked for nothing more, and nothing is tried twice.
  const watch = async () => {
    const states = await Promise.all(pair.servers.map(({ url }) => send(url, '/readyz').catch(() => null)));
    inUse = pair.servers.filter((_, index) => states[index]?.status === 200);
    return isOver;
  };
  const { email, password } = newPerson('');
  const asToken = { 'x-latchkey-credentials': 'token' };
  const registered = await post(next().url, 'registration.register', { json: { email, password } }, asToken);
  const { accessToken } = JSON.parse(registered.text).result.data.json.tokens;
  const client = async () => {
    for (; !isOver; answered += 1) {
      const { status, text } = await post(next().url, 'auth.verifyToken', { json: { token: accessToken } });
      expect([status, text]).toEqual([200, expect.stringContaining('"active":true')]);
    }
  };
  const all = Promise.all([until(watch, 60), client(), client(), client(), client()]);
  const more = async () => {
    const before = answered;
    await until(() => answered > before + 100);
  };
  await more();
  expect(await pair.servers[0].stop()).toBe(0);
  await more();
  isOver = true;
  await all;
  await pair.close();
});

/** One request on the agent's one connection. */
function ask(url: string, agent: Agent): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(`${url}/livez`, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    })
      .on('error', reject)
      .end();
  });
}

test('a production server says for a while that it is not ready before it takes no more connections (R-OPS-06)', async () => {
  const server = await start(production);
  expect((await send(server.url, '/readyz')).status).toBe(200);
  server.process.kill('SIGTERM');
  const seen: (number | undefined)[] = [];
  await until(async () => {
    const ready = await send(server.url, '/readyz').catch(() => null);
    const served = await send(server.url, '/trpc/auth.session').catch(() => null);
    if (ready?.status === 503) seen.push(served?.status);
    return ready === null;
  });
  expect(seen.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
  expect((await ended(server)).code).toBe(0);
});
