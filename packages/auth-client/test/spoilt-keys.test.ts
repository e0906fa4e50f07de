import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { accessTokenOf, createAuthClient } from '../src/auth-client.ts';
import { createServerAuth, KeysUnavailableError, type ServerAuth } from '../src/server.ts';
import { type RealServer, startRealServer } from './real-server.ts';

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());

function connect({ fetch }: { fetch: typeof globalThis.fetch }): ServerAuth {
  return createServerAuth({ url: server.url, issuer: server.core.host.issuer, now: () => server.clock.now().getTime(), fetch });
}

/** The access token of somebody who has just signed in. */
async function newToken(): Promise<string> {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, credentials: 'token' });
  await client.auth.login.mutate({ identifier: email, password });
  return (await accessTokenOf(client)) ?? '';
}

describe('what answers instead of the keys', () => {
  type Spoil = (keys: object[]) => Response;
  /** The auth server, but for its keys. */
  const spoilt = (spoil: () => Spoil | null): typeof fetch => {
    return async (input, init) => {
      const response = await fetch(input, init);
      const change = String(input).endsWith('jwks.json') ? spoil() : null;
      return change ? change(((await response.json()) as { keys: object[] }).keys) : response;
    };
  };
  const broken = [
    { kty: 'OKP', crv: 'Ed25519', kid: 'broken', x: '?' },
    { kty: 'OKP', crv: 'Ed25519', kid: 'none' },
    null,
    7,
    { kty: 'RSA' },
  ];
  const useless: [string, Spoil][] = [
    ['no keys', () => Response.json({ keys: [] })],
    ['no list', () => Response.json({ keys: 'none' })],
    ['null', () => Response.json(null)],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['an error', () => new Response('', { status: 500 })],
    ['broken keys alone', () => Response.json({ keys: broken })],
    ['more than keys can weigh', (keys) => Response.json({ keys, padding: 'x'.repeat(300_000) })],
    [
      'something without end',
      () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode(' '.repeat(65_536))) })),
    ],
  ];

  test.each(useless)('%s: is no reason to refuse anybody', async (_, spoil) => {
    let isSpoilt = true;
    const connected = connect({ fetch: spoilt(() => (isSpoilt ? spoil : null)) });
    const token = await newToken();
    await expect(connected.verifyAccessToken(token)).rejects.toThrow(KeysUnavailableError);
    isSpoilt = false;
    server.clock.advance(2);
    expect(await connected.verifyAccessToken(token)).not.toBeNull();
    isSpoilt = true;
    server.clock.advance(4 * 60 + 50);
    const later = await newToken();
    server.clock.advance(11);
    for (let times = 0; times < 3; times += 1) expect(await connected.verifyAccessToken(later)).not.toBeNull();
    await expect(connected.verifyAccessToken(`${Buffer.from('{"alg":"EdDSA","kid":"new"}').toString('base64url')}.e30.AA`)).rejects.toThrow(
      KeysUnavailableError,
    );
    expect(await connected.verifyAccessToken(later)).not.toBeNull();
  });

  test('nothing, for ever: who has keys goes on with them, and who has none is told within seconds', async () => {
    let hangs = false;
    const fetching: typeof fetch = (input, init) => (hangs ? new Promise<never>(() => {}) : fetch(input, init));
    const connected = connect({ fetch: fetching });
    expect(await connected.verifyAccessToken(await newToken())).not.toBeNull();
    server.clock.advance(4 * 60 + 50);
    const token = await newToken();
    server.clock.advance(11);
    hangs = true;
    expect(await connected.verifyAccessToken(token)).not.toBeNull();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const cold = connect({ fetch: fetching })
      .verifyAccessToken(token)
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await cold).toBeInstanceOf(KeysUnavailableError);
  });

  test('broken keys among good ones spoil none of them', async () => {
    const connected = connect({ fetch: spoilt(() => (keys) => Response.json({ keys: [...broken, ...keys, ...broken] })) });
    expect(await connected.verifyAccessToken(await newToken())).not.toBeNull();
  });
});
