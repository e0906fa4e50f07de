import superjson from 'superjson';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { createAuthClient } from './auth-client.ts';

type Sent = { url: URL; method: string; credentials: RequestInit['credentials']; body: unknown };

/** A server that answers every call with `answer`, and what it was sent. */
function fakeServer(answer: unknown) {
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    sent.push({ url, method: init?.method ?? 'GET', credentials: init?.credentials, body });
    const result = { result: { data: superjson.serialize(answer) } };
    const calls = url.pathname.split(',').length;
    return Response.json(url.searchParams.has('batch') ? Array.from({ length: calls }, () => result) : result);
  };
  return { sent, client: createAuthClient({ url: 'http://auth.test', fetch }) };
}

const credentials = { identifier: 'ada@example.com', password: 'correct horse' };

describe('a client', () => {
  test('sends the cookie with queries and mutations', async () => {
    const { sent, client } = fakeServer(null);
    await client.auth.session.query();
    await client.auth.logout.mutate();
    expect(sent.map(({ credentials }) => credentials)).toEqual(['include', 'include']);
  });

  test('sends queries of one tick together', async () => {
    const { sent, client } = fakeServer(null);
    await Promise.all([client.auth.session.query(), client.auth.user.query(), client.auth.sessions.list.query()]);
    expect(sent.map(({ url }) => url.pathname)).toEqual(['/trpc/auth.session,auth.user,auth.sessions.list']);
  });

  test('sends at most 10 queries together', async () => {
    const { sent, client } = fakeServer(null);
    await Promise.all(Array.from({ length: 23 }, () => client.auth.session.query()));
    expect(sent.map(({ url }) => url.pathname.split(',').length)).toEqual([10, 10, 3]);
  });

  test('sends every mutation alone', async () => {
    const { sent, client } = fakeServer({ status: 'logged_out' });
    await Promise.all([client.auth.login.mutate(credentials), client.auth.login.mutate(credentials), client.auth.logout.mutate()]);
    expect(sent.map(({ url, method }) => [url.pathname + url.search, method])).toEqual([
      ['/trpc/auth.login', 'POST'],
      ['/trpc/auth.login', 'POST'],
      ['/trpc/auth.logout', 'POST'],
    ]);
    expect(sent[0]?.body).toEqual({ json: credentials });
  });

  test.each(['http://auth.test', 'http://auth.test/'])('reaches the server at %s', async (url) => {
    let asked = '';
    const fetch: typeof globalThis.fetch = async (input) => {
      asked = String(input);
      return Response.json({ result: { data: superjson.serialize({ status: 'logged_out' }) } });
    };
    await createAuthClient({ url, fetch }).auth.logout.mutate();
    expect(asked).toBe('http://auth.test/trpc/auth.logout');
  });

  test('asks its own origin when the base is empty', async () => {
    let asked = '';
    const fetch: typeof globalThis.fetch = async (input) => {
      asked = String(input);
      return Response.json({ result: { data: superjson.serialize({ status: 'logged_out' }) } });
    };
    await createAuthClient({ url: '', fetch }).auth.logout.mutate();
    expect(asked).toBe('/trpc/auth.logout');
  });

  test('gives dates as dates and narrows by status', async () => {
    const expiresAt = new Date('2030-01-01T00:00:00Z');
    const { client } = fakeServer({ status: 'second_factor_required', methods: ['totp'], expiresAt });
    const outcome = await client.auth.login.mutate(credentials);
    expectTypeOf(outcome).not.toBeAny();
    expectTypeOf(outcome.status).toEqualTypeOf<'authenticated' | 'email_verification_required' | 'second_factor_required'>();
    if (outcome.status === 'authenticated') expectTypeOf(outcome.user.createdAt).toEqualTypeOf<Date>();
    if (outcome.status === 'email_verification_required') expectTypeOf(outcome.email).toEqualTypeOf<string>();
    if (outcome.status !== 'second_factor_required') throw new Error('the status was lost on the way');
    expectTypeOf(outcome.expiresAt).toEqualTypeOf<Date>();
    expect(outcome.expiresAt).toEqual(expiresAt);
  });

  test('refuses at compile time what the server does not know', () => {
    const { client } = fakeServer(null);
    expectTypeOf(client.auth.login.mutate).parameter(0).toEqualTypeOf<{ identifier: string; password: string }>();
    expectTypeOf(client).not.toHaveProperty('admin');
  });
});
