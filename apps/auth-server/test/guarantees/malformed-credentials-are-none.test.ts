import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { startNewServer } from '../new-server.ts';
import { signedInPerson } from '../person.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;
let good: string;
let token: string;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
  const { browser, email, password } = await signedInPerson(server.url);
  good = browser.cookies.get('latchkey') ?? '';
  const client = openBrowser(server.url, { headers: { 'x-latchkey-credentials': 'token' } });
  token = (await client.call<{ tokens: { accessToken: string } }>('auth.login', { identifier: email, password })).data.tokens.accessToken;
});
afterAll(() => server.stop());

/** A query with exactly these header values, also such as fetch would not send. */
function ask(path: string, headers: Record<string, string | string[]>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/trpc/${path}`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}

const visible = fc
  .integer({ min: 0x20, max: 0xff })
  .filter((code) => code !== 0x7f)
  .map((code) => String.fromCharCode(code));
const text = fc.string({ unit: visible, maxLength: 300 });
const jwtPart = fc.oneof(
  fc.base64String(),
  fc.json().map((json) => Buffer.from(json).toString('base64url')),
  text,
);
const jwt = fc.array(jwtPart, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const authorization = fc.oneof(
  text,
  fc
    .tuple(fc.constantFrom('Bearer ', 'bearer ', 'Bearer', 'BEARER\t', 'Basic ', 'DPoP '), fc.oneof(jwt, text))
    .map((parts) => parts.join('')),
);
const cookie = fc.oneof(
  text,
  fc
    .array(fc.tuple(fc.constantFrom('latchkey', ' latchkey', '__Host-latchkey', 'latchkey-device', 'Latchkey'), text), { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join(';')),
);

test('whatever is sent as a cookie or a bearer token is nobody, and breaks nothing (R-TOK-14)', async () => {
  await fc.assert(
    fc.asyncProperty(authorization, cookie, async (bearer, cookies) => {
      const user = await ask('auth.user', { authorization: bearer, cookie: cookies });
      expect(user.status).toBe(401);
      expect(user.text).toContain('"reason":"not_authenticated"');
      expect((await ask('auth.session', { authorization: bearer, cookie: cookies })).status).toBe(200);
    }),
    { numRuns: 500 },
  );
  expect(server.output()).not.toMatch(/a procedure failed|a request failed/);
});

test('a real access token with one part replaced is nobody’s, and breaks nothing (R-TOK-14)', async () => {
  expect((await ask('auth.user', { authorization: `Bearer ${token}` })).status).toBe(200);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 2 }), jwtPart, async (at, part) => {
      const altered = token.split('.').map((original, index) => (index === at ? part : original));
      fc.pre(altered.join('.') !== token);
      expect((await ask('auth.user', { authorization: `Bearer ${altered.join('.')}` })).status).toBe(401);
    }),
    { numRuns: 200 },
  );
});

test('a bearer token that is malformed does no harm to a good cookie beside it (R-TOK-14)', async () => {
  await fc.assert(
    fc.asyncProperty(authorization, async (bearer) => {
      expect((await ask('auth.user', { authorization: bearer, cookie: `latchkey=${good}` })).status).toBe(200);
    }),
    { numRuns: 100 },
  );
});

test('two session cookies are none, in one header or two, the good one first or last (R-TOK-14)', async () => {
  for (const cookie of [
    `latchkey=${good}; latchkey=x`,
    `latchkey=x; latchkey=${good}`,
    [`latchkey=${good}`, 'latchkey=x'],
    `latchkey=${good}; latchkey=${good}`,
  ]) {
    expect((await ask('auth.user', { cookie })).status).toBe(401);
  }
});

test('longer than any token can be is refused or nobody (R-TOK-14)', async () => {
  for (const length of [1025, 4097, 15_000]) {
    expect((await ask('auth.user', { authorization: `Bearer ${'a'.repeat(length)}` })).status).toBe(401);
    expect((await ask('auth.user', { cookie: `latchkey=${'a'.repeat(length)}` })).status).toBe(401);
  }
  expect((await ask('auth.user', { authorization: `Bearer ${'a'.repeat(20_000)}` })).status).toBe(431);
});
