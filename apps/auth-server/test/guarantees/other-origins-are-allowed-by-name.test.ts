import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { post, send } from '../send.ts';

const friends = ['https://app.example.test', 'http://localhost:5173'];
let server: OwnServer;
let alone: OwnServer;

beforeAll(async () => {
  // A trailing slash and a space are the way people write lists.
  [server, alone] = await Promise.all([
    openOwnServer(inject('databaseUrl'), { ALLOWED_ORIGINS: `${friends[0]}/, ${friends[1]}` }),
    openOwnServer(inject('databaseUrl')),
  ]);
});
afterAll(async () => {
  await server.close();
  await alone.close();
});

function preflight(url: string, origin: string, path = '/trpc/auth.login') {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  return send(url, path, { method: 'OPTIONS', headers });
}

test.each(friends)('%s may call with credentials, by its exact name (R-TRN-05)', async (origin) => {
  const asked = await preflight(server.url, origin);
  expect(asked.status).toBe(204);
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': '600',
  });
  expect(asked.headers['access-control-allow-headers']?.split(', ')).toEqual(
    expect.arrayContaining(['content-type', 'authorization', 'x-latchkey-credentials']),
  );
  const answers = [
    await post(server.url, 'auth.logout', {}, { origin }),
    await post(server.url, 'auth.login', {}, { origin }),
    await send(server.url, '/trpc/auth.session', { headers: { origin } }),
    await send(server.url, '/nowhere', { headers: { origin } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 404]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
    expect(headers['cross-origin-resource-policy']).toBe('cross-origin');
  }
});

test.each([
  'https://evil.example',
  'null',
  '*',
  'https://app.example.test.evil.example',
  'https://evil.example/https://app.example.test',
  'https://app.example.test:8443',
  'http://app.example.test',
  'https://APP.example.test',
])('%s is told nothing (R-TRN-05)', async (origin) => {
  for (const url of [server.url, alone.url]) {
    const answers = [
      await preflight(url, origin),
      await send(url, '/trpc/auth.session', { headers: { origin } }),
      await post(url, 'auth.login', {}, { origin }),
    ];
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => /^access-control-allow-(origin|credentials)$/.test(name))).toEqual([]);
    }
  }
});

test('caches keep answers for different origins apart, also where tRPC varies them itself (R-TRN-05)', async () => {
  const varies = async (path: string, headers = {}) =>
    (await send(server.url, path, { headers })).headers.vary?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  expect(await varies('/livez')).toEqual(['origin']);
  expect(await varies('/trpc/auth.session', { origin: friends[0] })).toContain('origin');
  const streamed = await varies('/trpc/auth.session?batch=1', { origin: friends[0], 'trpc-accept': 'application/jsonl' });
  expect(streamed).toContain('origin');
  expect(streamed).toContain('trpc-accept');
});

test('no header is a wildcard (R-TRN-05)', async () => {
  const answer = await preflight(server.url, friends[0] ?? '');
  for (const [name, value] of Object.entries(answer.headers)) if (name.startsWith('access-control-')) expect(value).not.toContain('*');
});
