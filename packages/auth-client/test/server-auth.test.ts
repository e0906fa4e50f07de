import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPolicy } from '@latchkey/user-core';
import Fastify, { type FastifyRequest } from 'fastify';
import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { accessTokenOf, createAuthClient, refusalOf } from '../src/auth-client.ts';
import { createServerAuth, KeysUnavailableError, type RequestLike, type ServerAuth } from '../src/server.ts';
import { browserFetch } from './browser-fetch.ts';
import { type RealServer, startRealServer } from './real-server.ts';

let server: RealServer;
let auth: ServerAuth;
beforeAll(async () => {
  const signingKey = { ...defaultPolicy.signingKey, publishAheadSeconds: 0, rotateEverySeconds: 60 };
  server = await startRealServer(inject('databaseUrl'), { policy: { signingKey } });
});
afterAll(() => server.close());
beforeEach(() => {
  auth = connect();
});

/** Tokens of the test's core name its own issuer. */
function connect(options: Partial<Parameters<typeof createServerAuth>[0]> = {}): ServerAuth {
  return createServerAuth({ url: server.url, issuer: server.core.host.issuer, now: () => server.clock.now().getTime(), ...options });
}

/** Somebody signed in by tokens and by cookie, in two sessions. */
async function somebody() {
  const { email, password } = await server.newPerson();
  const byToken = createAuthClient({ url: server.url, credentials: 'token' });
  const fetch = browserFetch(server.url);
  const byCookie = createAuthClient({ url: server.url, fetch });
  const outcome = await byToken.auth.login.mutate({ identifier: email, password });
  await byCookie.auth.login.mutate({ identifier: email, password });
  if (outcome.status !== 'authenticated') throw new Error('nobody logged in');
  const bearer = `Bearer ${await accessTokenOf(byToken)}`;
  const cookie = [...fetch.cookies].map((pair) => pair.join('=')).join('; ');
  server.requests.length = 0;
  return { email, password, user: outcome.user, session: outcome.session, bearer, cookie, byToken, byCookie };
}

describe('sessionFromRequest reads a bearer token without asking anybody', () => {
  test.each<[string, (headers: Record<string, string>) => RequestLike]>([
    ['a fetch-style request', (headers) => new Request('http://service.test', { headers })],
    ['its headers', (headers) => new Headers(headers)],
    ['plain headers', (headers) => ({ headers })],
    [
      'what tRPC gives a fetch-style context',
      (headers) => ({ req: new Request('http://service.test', { headers }), resHeaders: new Headers() }),
    ],
  ])('from %s', async (_, request) => {
    const { bearer, user, session } = await somebody();
    expect(await auth.sessionFromRequest(request({ authorization: bearer }))).toEqual({
      userId: user.id,
      sessionId: session.id,
      methods: ['pwd'],
      authenticatedAt: new Date(Math.floor(session.authenticatedAt.getTime() / 1000) * 1000),
      expiresAt: expect.any(Date),
    });
    expect(server.requests).toEqual(['GET /.well-known/jwks.json']);
    expect(await auth.sessionFromRequest(request({}))).toBeNull();
  });

  test('from Fastify, and from what tRPC makes of it', async () => {
    const { bearer, user } = await somebody();
    const service = Fastify();
    service.get('/', async (request: FastifyRequest) => [
      (await auth.sessionFromRequest(request))?.userId,
      (await auth.sessionFromRequest({ req: request }))?.userId,
    ]);
    const { body } = await service.inject({ url: '/', headers: { authorization: bearer } });
    expect(JSON.parse(body)).toEqual([user.id, user.id]);
    await service.close();
  });

  test('from Node’s own server', async () => {
    const { bearer, user } = await somebody();
    const service = createServer(async (request: IncomingMessage, response) => {
      response.end((await auth.sessionFromRequest(request))?.userId);
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization: bearer } });
    expect(await response.text()).toBe(user.id);
    await new Promise((resolve) => service.close(resolve));
  });

  test('asks for the keys once, however many ask', async () => {
    const { bearer } = await somebody();
    const found = await Promise.all(Array.from({ length: 50 }, () => auth.sessionFromRequest({ headers: { authorization: bearer } })));
    expect(found.every((each) => each !== null)).toBe(true);
    expect(server.requests).toEqual(['GET /.well-known/jwks.json']);
  });
});

describe('sessionFromRequest asks about what says nothing by itself', () => {
  test('a cookie, and only our cookies are passed on', async () => {
    const { cookie, user } = await somebody();
    let passedOn = '';
    const watching: typeof fetch = (input, init) => {
      passedOn = new Headers(init?.headers).get('cookie') ?? '';
      return fetch(input, init);
    };
    const request = { headers: { cookie: `theirs=secret; ${cookie}; other=1` } };
    expect(await connect({ fetch: watching }).sessionFromRequest(request)).toMatchObject({ userId: user.id });
    expect(passedOn).toBe(cookie);
    expect(server.requests).toEqual(['GET auth.session']);
  });

  test('a cookie of nobody, two session cookies, and cookies of others', async () => {
    const { cookie } = await somebody();
    expect(await auth.sessionFromRequest({ headers: { cookie: 'latchkey=nothing' } })).toBeNull();
    expect(await auth.sessionFromRequest({ headers: { cookie: `${cookie}; latchkey=another` } })).toBeNull();
    server.requests.length = 0;
    expect(await auth.sessionFromRequest({ headers: { cookie: 'theirs=1' } })).toBeNull();
    expect(server.requests).toEqual([]);
  });

  test('a cookie and a bearer token that name different people are nobody', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    expect(await auth.sessionFromRequest({ headers: { cookie: ada.cookie, authorization: ada.bearer } })).toMatchObject({
      userId: ada.user.id,
    });
    expect(await auth.sessionFromRequest({ headers: { cookie: ada.cookie, authorization: bob.bearer } })).toBeNull();
  });

  test('a token whose session is over is good for its five minutes, unless it is asked about', async () => {
    const { bearer, byToken } = await somebody();
    const request = { headers: { authorization: bearer } };
    expect(await auth.sessionFromRequest(request, { check: 'session' })).not.toBeNull();
    await byToken.auth.logout.mutate();
    expect(await auth.sessionFromRequest(request)).not.toBeNull();
    expect(await auth.sessionFromRequest(request, { check: 'session' })).toBeNull();
  });

  test('when the auth server does not answer, that is no “nobody”', async () => {
    const { cookie } = await somebody();
    const away = connect({ url: 'http://localhost:9' });
    await expect(away.sessionFromRequest({ headers: { cookie } })).rejects.toThrow();
  });
});

describe('a token is read by its rules', () => {
  const sealed = async (change: { header?: object; claims?: object } = {}) => {
    const { id, privateKey } = await server.core.signingKeys.current(server.core.db);
    const now = Math.floor(server.clock.now().getTime() / 1000);
    const { issuer } = server.core.host;
    const claims = {
      iss: issuer,
      aud: issuer,
      sub: 'user',
      sid: 'session',
      jti: 'j',
      iat: now,
      nbf: now,
      exp: now + 300,
      auth_time: now,
      amr: ['pwd'],
    };
    return new SignJWT({ ...claims, ...change.claims })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: id, ...change.header })
      .sign(privateKey);
  };

  test('one that keeps them is good', async () => {
    expect(await auth.verifyAccessToken(await sealed())).toMatchObject({ userId: 'user', sessionId: 'session', methods: ['pwd'] });
  });

  const now = () => Math.floor(server.clock.now().getTime() / 1000);
  test.each<[string, () => Parameters<typeof sealed>[0]]>([
    ['a service account’s', () => ({ header: { typ: 'service-at+jwt' } })],
    ['one of no type', () => ({ header: { typ: undefined } })],
    ['one that brings its key along', () => ({ header: { jku: 'https://evil.test/keys' } })],
    ['one with a key nobody knows', () => ({ header: { kid: 'unknown' } })],
    ['another issuer’s', () => ({ claims: { iss: 'https://evil.test' } })],
    ['one for another audience', () => ({ claims: { aud: 'https://other.test' } })],
    ['one that is over, the skew included', () => ({ claims: { exp: now() - 31 } })],
    ['one that begins later', () => ({ claims: { nbf: now() + 60 } })],
    ['one without a session', () => ({ claims: { sid: undefined } })],
    ['one without an end', () => ({ claims: { exp: undefined } })],
  ])('%s is not', async (_, change) => {
    expect(await auth.verifyAccessToken(await sealed(change()))).toBeNull();
  });

  test.each(['', 'x', 'a.b.c', `${'a'.repeat(5000)}`, 'eyJhbGciOiJub25lIn0.e30.'])('rubbish is not: %.20s', async (token) => {
    expect(await auth.verifyAccessToken(token)).toBeNull();
  });

  test('clocks may differ by thirty seconds', async () => {
    expect(await auth.verifyAccessToken(await sealed({ claims: { exp: now() - 29 } }))).not.toBeNull();
  });

  test.each(['Bearer', 'Bearer  two', 'Bearer é', 'Bearer a b', 'bearer \u0000', 'Basic YTpi'])(
    'a malformed header is nobody, not a failure: %j (GHSA-xmf8-cvqr-rfgj)',
    async (authorization) => {
      expect(await auth.sessionFromRequest({ headers: { authorization } })).toBeNull();
    },
  );
});

describe('keys', () => {
  const foreign = async (kid: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
      .sign(
        await importPKCS8(
          '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----',
          'EdDSA',
        ),
      );
  const looks = () => server.requests.filter((request) => request.endsWith('jwks.json')).length;

  test('an unknown one is looked for once in 30 seconds, and many unknown ones not often (R-TOK-13)', async () => {
    await auth.verifyAccessToken(await foreign('one'));
    server.requests.length = 0;
    for (let times = 0; times < 5; times += 1) expect(await auth.verifyAccessToken(await foreign('one'))).toBeNull();
    expect(looks()).toBe(0);
    server.clock.advance(31);
    await Promise.all(Array.from({ length: 20 }, async () => auth.verifyAccessToken(await foreign('one'))));
    expect(looks()).toBe(1);
    for (let index = 0; index < 20; index += 1) await auth.verifyAccessToken(await foreign(`number ${index}`));
    expect(looks()).toBe(4);
  });

  test('are replaced under load without one false refusal (R-TOK-13)', async () => {
    const { email, password, bearer } = await somebody();
    expect(await auth.sessionFromRequest({ headers: { authorization: bearer } })).not.toBeNull();
    for (let round = 0; round < 3; round += 1) {
      server.clock.advance(61);
      expect(await server.core.signingKeys.rotate()).toBe(true);
      const client = createAuthClient({ url: server.url, credentials: 'token' });
      await client.auth.login.mutate({ identifier: email, password });
      const accessToken = await accessTokenOf(client);
      const asked = Array.from({ length: 40 }, (_, index) =>
        auth.sessionFromRequest({ headers: { authorization: index % 2 === 0 ? `Bearer ${accessToken}` : bearer } }),
      );
      expect((await Promise.all(asked)).filter((session) => session === null)).toEqual([]);
    }
    expect(server.callsOf('auth.session')).toBe(0);
  });

  test('that are old are renewed in the background, and stay good while the auth server is away', async () => {
    let looked = 0;
    let isAway = false;
    const fetching: typeof fetch = async (input, init) => {
      looked += 1;
      if (isAway) throw new TypeError('fetch failed');
      return fetch(input, init);
    };
    const connected = connect({ fetch: fetching });
    expect(await connected.sessionFromRequest({ headers: { authorization: (await somebody()).bearer } })).not.toBeNull();
    server.clock.advance(5 * 60 - 10);
    const request = { headers: { authorization: (await somebody()).bearer } };
    isAway = true;
    server.clock.advance(20);
    expect(await connected.sessionFromRequest(request)).not.toBeNull();
    expect(looked).toBe(2);
    expect(await connected.sessionFromRequest(request)).not.toBeNull();
    isAway = false;
    server.clock.advance(2);
    expect(await connected.sessionFromRequest(request)).not.toBeNull();
    await expect.poll(() => looked).toBe(3);
    server.clock.advance(4 * 60);
    expect(await connected.sessionFromRequest(request)).not.toBeNull();
    expect(looked).toBe(3);
  });

  test('that cannot be had are an error, and are not asked for at every request', async () => {
    let asked = 0;
    const failing: typeof fetch = async () => {
      asked += 1;
      return new Response('no', { status: 502 });
    };
    const connected = connect({ fetch: failing });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => foreign('any')));
    for (const token of tokens) await expect(connected.verifyAccessToken(token)).rejects.toThrow(KeysUnavailableError);
    expect(asked).toBe(1);
    server.clock.advance(2);
    await expect(connected.verifyAccessToken(tokens[0] ?? '')).rejects.toThrow(KeysUnavailableError);
    expect(asked).toBe(2);
  });
});

describe('a client that calls onward', () => {
  test('calls in the name of a bearer token', async () => {
    const { bearer, email } = await somebody();
    const { client, cookies } = auth.clientFor({ headers: { authorization: bearer } });
    expect(await client.auth.user.query()).toMatchObject({ email });
    expect(cookies).toEqual([]);
  });

  test('calls in the name of a cookie, and hands on the cookie that takes its place', async () => {
    const { cookie, email, password } = await somebody();
    const { client, cookies } = auth.clientFor({ headers: { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' } });
    expect(await client.auth.user.query()).toMatchObject({ email });
    await client.password.change.mutate({ currentPassword: password, newPassword: 'another pass phrase' });
    expect(cookies).toEqual([expect.stringMatching(/^latchkey=lks_.+HttpOnly/)]);
    const renewed = cookies[0]?.split(';')[0] ?? '';
    expect(await auth.sessionFromRequest({ headers: { cookie: renewed } })).not.toBeNull();
    expect(await auth.sessionFromRequest({ headers: { cookie } })).toBeNull();
  });

  test('does not vouch for a form of another site', async () => {
    const { cookie } = await somebody();
    const { client } = auth.clientFor({ headers: { cookie, origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' } });
    const error = await client.auth.sessions.revokeOthers.mutate().catch((thrown: unknown) => thrown);
    expect(refusalOf(error, 'auth.sessions.revokeOthers')?.reason).toBe('origin_refused');
  });

  test('calls in nobody’s name when nobody asks', async () => {
    expect(await auth.clientFor({ headers: {} }).client.auth.session.query()).toBeNull();
  });
});
