import { defaultPolicy } from '@latchkey/user-core';
import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { accessTokenOf, createAuthClient } from '../src/auth-client.ts';
import { KeysUnavailableError, type ServerAuth } from '../src/server.ts';
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
