import superjson from 'superjson';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { post, send } from '../send.ts';

let server: OwnServer;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
});
afterAll(() => server.close());

class Stranger {
  readonly name = 'stranger';
}

const values: [string, unknown][] = [
  ['a bigint', 10n],
  ['a regular expression', /(a+)+$/],
  ['a map', new Map([['a', 1]])],
  ['a set', new Set(['a'])],
  ['a URL', new URL('https://example.com')],
  ['an error', new Error('boom')],
  ['a number that is none', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['minus zero', -0],
  ['bytes', new Uint8Array([1, 2])],
];

test.each(values)('%s is refused where a text belongs, before it is revived (R-TRN-10)', async (_, value) => {
  const serialized = superjson.serialize({ token: value });
  expect(serialized.meta).toBeDefined();
  const answer = await post(server.url, 'auth.verifyToken', serialized);
  expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
  // The schema never saw it: that would have said where.
  expect(answer.refusal?.fields).toBeUndefined();
});

test.each([
  ['a class', { values: { token: [['class', 'Stranger']] } }],
  ['a symbol', { values: { token: [['symbol', 'x']] } }],
  ['a custom type', { values: { token: [['custom', 'x']] } }],
  ['a typed array', { values: { token: [['typed-array', 'Uint8Array']] } }],
  ['a date and something else', { values: { token: ['Date', 'bigint'] } }],
  ['equal references', { referentialEqualities: { token: ['other'] } }],
  ['a path to a prototype', { values: { '__proto__.polluted': ['Date'] } }],
  ['an escaped path to a prototype', { values: { '__proto__\\.polluted': ['Date'] } }],
  ['a constructor', { values: { 'constructor.prototype.polluted': ['undefined'] } }],
  ['another key', { values: {}, more: 1 }],
  ['no object', 'Date'],
  ['a list', ['Date']],
])('an annotation of %s is refused (R-TRN-10)', async (_, meta) => {
  const answer = await post(server.url, 'auth.verifyToken', { json: { token: 'x', other: 'x' }, meta });
  expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
  expect(answer.refusal?.fields?.some(({ code }) => code !== 'unrecognized_keys') ?? false).toBe(false);
  expect((await send(server.url, '/livez')).status).toBe(200);
});

test.each(['{"json":{"__proto__":{"isAdmin":true},"token":"x"}}', '{"json":{"constructor":{"prototype":{"isAdmin":true}},"token":"x"}}'])(
  'a prototype cannot be reached: %s (R-TRN-10)',
  async (body) => {
    const answer = await send(server.url, '/trpc/auth.verifyToken', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
    expect((await send(server.url, '/trpc/auth.session')).text).not.toContain('isAdmin');
  },
);

test('a megabyte of digits is not made into a number: the body ends long before (R-TRN-10)', async () => {
  const answer = await post(server.url, 'auth.verifyToken', {
    json: { token: '9'.repeat(60_000) },
    meta: { values: { token: ['bigint'] } },
  });
  expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input' } });
});

test('dates and undefined are understood, and dates come back as dates (R-TRN-10)', async () => {
  const withUndefined = superjson.serialize({ email: 'nobody@example.com', password: 'a fine pass phrase', username: undefined });
  expect(withUndefined.meta?.values).toEqual({ username: ['undefined'] });
  const { status, text } = await post(server.url, 'registration.register', withUndefined);
  expect([status, text]).toEqual([200, expect.stringContaining('email_verification_required')]);
  // A date is revived, and the schema that wants a text says so.
  const date = await post(server.url, 'auth.verifyToken', superjson.serialize({ token: new Date(0) }));
  expect(date.refusal?.fields).toMatchObject([{ path: 'token', code: 'invalid_type' }]);
});

test.each(['null', '1', '"text"', '[]', '{}', '{"token":"x"}', '{"json":{"token":"x"},"more":1}', '{', '', 'undefined'])(
  'what is not in the format is refused: %s (R-TRN-10)',
  async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await send(server.url, '/trpc/auth.verifyToken', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, refusal: { reason: 'invalid_input', requestId: answer.headers['x-request-id'] } });
  },
);

test('a value of a class of ours is only data when it goes out (R-TRN-10)', () => {
  expect(superjson.serialize({ stranger: new Stranger() })).toEqual({ json: { stranger: { name: 'stranger' } } });
});
