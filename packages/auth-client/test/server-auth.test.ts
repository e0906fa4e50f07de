import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPolicy } from '@latchkey/user-core';
import Fastify, { type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { refusalOf } from '../src/auth-client.ts';
import type { RequestLike, ServerAuth } from '../src/server.ts';
import { type RealServer, startRealServer } from './real-server.ts';
import { connectTo, signedInPerson } from './server-auth-person.ts';

let server: RealServer;
let auth: ServerAuth;
beforeAll(async () => {
  const signingKey = { ...defaultPolicy.signingKey, publishAheadSeconds: 0, rotateEverySeconds: 60 };
  server = await startRealServer(inject('databaseUrl'), { policy: { signingKey } });
});
afterAll(() => server.close());
beforeEach(() => {
  auth = connectTo(server);
});

const connect = (options?: Parameters<typeof connectTo>[1]) => connectTo(server, options);
const somebody = () => signedInPerson(server);

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
