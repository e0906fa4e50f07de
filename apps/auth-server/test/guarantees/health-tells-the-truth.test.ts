import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type DatabaseProxy, openDatabaseProxy } from '../database-proxy.ts';
import { type LocalServer, openLocalServer } from '../local-server.ts';
import { openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';
import { post, send } from '../send.ts';
import { startTestServer, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

let local: LocalServer;

beforeAll(async () => {
  local = await openLocalServer(inject('databaseUrl'));
});
afterAll(() => local.close());

const ready = async (url: string) => {
  const { status, text } = await send(url, '/readyz');
  return { status, ...JSON.parse(text) };
};

test('a server that works says so, and what it looked at (R-OPS-06)', async () => {
  expect(await ready(local.url)).toMatchObject({
    status: 'ok',
    ready: true,
    database: 'ok',
    mail: { waiting: 0, dead: 0, stuck: false },
    clockIsOff: false,
  });
  expect((await send(local.url, '/livez')).status).toBe(200);
});

test('mail that nobody tries to send for ten minutes makes a server not ready; one that finds no taker or was given up only shows (R-OPS-06)', async () => {
  const { email, password } = newPerson(local.url);
  await post(local.url, 'registration.register', { json: { email, password } });
  expect(await ready(local.url)).toMatchObject({ ready: true, mail: { waiting: 1, dead: 0 } });
  await local.core.db.execute("update latchkey.mail set created_at = created_at - interval '11 minutes'");
  const stuck = await send(local.url, '/readyz');
  expect([stuck.status, JSON.parse(stuck.text)]).toEqual([
    503,
    expect.objectContaining({ ready: false, mail: { waiting: 1, dead: 0, stuck: true } }),
  ]);
  await local.core.db.execute('update latchkey.mail set attempts = 1');
  expect(await ready(local.url)).toMatchObject({ ready: true, mail: { waiting: 1, dead: 0, stuck: false } });
  await local.core.db.execute('update latchkey.mail set failed_at = created_at');
  expect(await ready(local.url)).toMatchObject({ ready: true, mail: { waiting: 0, dead: 1, stuck: false } });
  await local.core.db.execute('delete from latchkey.mail');
});

test('a database that is not migrated makes a server not ready (R-OPS-06)', async () => {
  await local.core.db.execute('alter table latchkey.mail rename to letter');
  const answer = await send(local.url, '/readyz');
  await local.core.db.execute('alter table latchkey.letter rename to mail');
  expect(answer.status).toBe(503);
  expect((await send(local.url, '/livez')).status).toBe(200);
  expect((await send(local.url, '/readyz')).status).toBe(200);
});

test('without its database a process lives and is not ready, and is ready again by itself (R-OPS-06)', async () => {
  const own = await openOwnServer(inject('databaseUrl'));
  const proxy: DatabaseProxy = await openDatabaseProxy(own.database.url);
  const server: TestServer = await startTestServer({ databaseUrl: proxy.url, env: { SECRET: own.secret } });
  for (const fault of ['cut', 'freeze'] as const) {
    expect((await send(server.url, '/readyz')).status).toBe(200);
    proxy[fault]();
    await until(async () => (await send(server.url, '/readyz')).status === 503);
    expect(await ready(server.url)).toMatchObject({ status: 'unavailable', database: 'unavailable' });
    expect((await send(server.url, '/livez')).status).toBe(200);
    proxy.restore();
    await until(async () => (await send(server.url, '/readyz')).status === 200);
  }
  expect(await server.stop()).toBe(0);
  await proxy.close();
  await own.close();
});

test('health is told without a look at cookies, origins or limits, and tells nothing of a person (R-OPS-06)', async () => {
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: 'latchkey=x; latchkey=y' };
  const answer = await send(local.url, '/readyz', { headers });
  expect(answer.status).toBe(200);
  expect(Object.keys(JSON.parse(answer.text)).toSorted()).toEqual([
    'clockIsOff',
    'clockSkewMilliseconds',
    'database',
    'mail',
    'ready',
    'status',
  ]);
});
