import { createHmac } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, type LocalServer, startLocalServer } from '../../test/local-server.ts';
import { type IdTokenSource, remoteKeys, verifyIdToken } from './id-token.ts';
import { ProviderFailure } from './provider-failure.ts';
import { microsoft } from './providers/microsoft.ts';
import type { Provider } from './providers/provider.ts';

const now = new Date('2026-06-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const issuer = 'https://issuer.example.test';
const tenant = '11111111-2222-3333-4444-555555555555';
const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';

type Pair = { privateKey: CryptoKey; publicKey: CryptoKey };
let ours: Pair;
let strangers: Pair;
let keys: LocalServer;
let fetches = 0;
let oddKey: object = {};

beforeAll(async () => {
  [ours, strangers] = (await Promise.all(['ES256', 'ES256'].map((alg) => generateKeyPair(alg, { extractable: true })))) as [Pair, Pair];
  const jwk = { ...(await exportJWK(ours.publicKey)), alg: 'ES256', use: 'sig' };
  const published = [
    { ...jwk, kid: 'k1' },
    { ...jwk, kid: 'for-all', issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
    { ...jwk, kid: 'for-consumers', issuer: `https://login.microsoftonline.com/${consumers}/v2.0` },
  ];
  keys = await startLocalServer((path, response) => {
    fetches += 1;
    if (path === '/broken') json(response, { nothing: true });
    else if (path === '/away') json(response, {}, 503);
    else if (path === '/odd') json(response, { keys: [{ kid: 'k1', alg: 'ES256', ...oddKey }] });
    else json(response, { keys: published });
  });
});
afterAll(() => keys.close());

function provider(over: Partial<Provider> = {}): Provider {
  const set = remoteKeys(`${keys.url}/jwks`, true);
  const known = {
    id: 'acme',
    name: 'Acme',
    protocol: 'oidc',
    issuer,
    clientId: 'us',
    nativeClientIds: ['our-app'],
    keys: () => set,
  } as const;
  return { ...known, ...over } as unknown as Provider;
}

const goodClaims: JWTPayload = { iss: issuer, aud: 'us', sub: 's1', nonce: 'n1', iat: seconds, exp: seconds + 300 };

function sign(claims: JWTPayload, header: object = {}, key = ours.privateKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'JWT', ...header }).sign(key);
}

/** What is wrong with a token; null when nothing is. */
async function problemOf(token: string, source: IdTokenSource = { from: 'code', nonce: 'n1' }, by = provider()): Promise<string | null> {
  try {
    await verifyIdToken(by, token, { jwks: `${keys.url}/jwks`, source, now, skewSeconds: 30, signal: AbortSignal.timeout(5000) });
    return null;
  } catch (error) {
    if (error instanceof ProviderFailure) return error.problem;
    throw error;
  }
}

function without(name: string): JWTPayload {
  return Object.fromEntries(Object.entries(goodClaims).filter(([claim]) => claim !== name));
}

describe('an ID token', () => {
  test('that is right is taken, 30 seconds early or late', async () => {
    expect(await problemOf(await sign(goodClaims))).toBeNull();
    expect(await problemOf(await sign(goodClaims, { typ: undefined }))).toBeNull();
    expect(await problemOf(await sign({ ...goodClaims, exp: seconds - 29 }))).toBeNull();
    expect(await problemOf(await sign({ ...goodClaims, aud: ['us'], azp: 'us' }))).toBeNull();
  });

  test.each<[string, JWTPayload]>([
    ['is over', { ...goodClaims, exp: seconds - 31 }],
    ['is not yet good', { ...goodClaims, nbf: seconds + 31 }],
    ['never ends', without('exp')],
    ['has no time', without('iat')],
    ['is about nobody', without('sub')],
    ['is of another issuer', { ...goodClaims, iss: 'https://evil.example.test' }],
    ['is of an issuer that only looks alike', { ...goodClaims, iss: `${issuer}/` }],
    ['is of no issuer', without('iss')],
    ['is for another client', { ...goodClaims, aud: 'them' }],
    ['is for nobody', without('aud')],
    ['is for us among others, made for another', { ...goodClaims, aud: ['us', 'them'], azp: 'them' }],
    ['is for us among others, made for nobody', { ...goodClaims, aud: ['us', 'them'] }],
    ['is for us, made for another', { ...goodClaims, azp: 'them' }],
    ['has another nonce', { ...goodClaims, nonce: 'n2' }],
    ['has no nonce', without('nonce')],
    ['is for an application of ours, and came for a code', { ...goodClaims, aud: 'our-app' }],
    ['ends a login', { ...goodClaims, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ])('that %s is refused (R-SOC-05)', async (_, claims) => {
    expect(await problemOf(await sign(claims))).toMatch(/^its ID token/);
  });

  test('with a forged signature or algorithm is refused (R-SOC-05)', async () => {
    const good = await sign(goodClaims);
    const [head = '', body = '', signature = ''] = good.split('.');
    const headOf = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    const pem = JSON.stringify(await exportJWK(ours.publicKey));
    const hmacHead = headOf({ alg: 'HS256', kid: 'k1' });
    const forged = [
      await sign(goodClaims, {}, strangers.privateKey),
      await sign(goodClaims, { kid: 'unknown' }, strangers.privateKey),
      await sign(goodClaims, { jwk: await exportJWK(strangers.publicKey) }, strangers.privateKey),
      await sign(goodClaims, { jku: `${keys.url}/evil`, kid: 'evil' }, strangers.privateKey),
      new UnsecuredJWT(goodClaims).encode(),
      `${headOf({ alg: 'none', kid: 'k1' })}.${body}.`,
      ...['us', 'our client secret', pem].map((secret) => {
        const mac = createHmac('sha256', secret).update(`${hmacHead}.${body}`).digest('base64url');
        return `${hmacHead}.${body}.${mac}`;
      }),
      `${head}.${Buffer.from(JSON.stringify({ ...goodClaims, sub: 's2' })).toString('base64url')}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      head,
      '',
      'gho_16C7e42F292c6912E7710c838347Ae178B4a',
      '..',
      `${'a'.repeat(9000)}.b.c`,
    ];
    for (const token of forged) expect(await problemOf(token)).toMatch(/^its ID token/);
    expect(keys.requests.map(({ path }) => path)).not.toContain('/evil');
  });

  test('is not a token of another kind by the same issuer (R-SOC-05)', async () => {
    expect(await problemOf(await sign(goodClaims, { typ: 'at+jwt' }))).toBe('its ID token is of another type');
    expect(await problemOf(await sign(goodClaims, { typ: 'logout+jwt' }))).toBe('its ID token is of another type');
  });

  test('of an application is for us or for that application, together with its nonce', async () => {
    const from = (nonce: string | null): IdTokenSource => ({ from: 'application', nonce });
    expect(await problemOf(await sign({ ...without('nonce'), aud: 'our-app' }), from(null))).toBeNull();
    expect(await problemOf(await sign({ ...goodClaims, azp: 'their-android-client' }), from('n1'))).toBeNull();
    expect(await problemOf(await sign(goodClaims), from(null))).toBe('its ID token has another nonce');
    expect(await problemOf(await sign(without('nonce')), from('n1'))).toBe('its ID token has another nonce');
    expect(await problemOf(await sign({ ...goodClaims, aud: 'their-app' }), from('n1'))).toMatch(/^its ID token/);
  });
});

describe('Microsoft, with an issuer for each tenant', () => {
  const at = (id = 'common') => {
    const { issuerFor, issuer: ownIssuer } = microsoft(id);
    return provider({ issuer: ownIssuer, ...(issuerFor && { issuerFor }) });
  };
  const claims = (tid: string) => ({ ...goodClaims, tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` });
  const source: IdTokenSource = { from: 'code', nonce: 'n1' };

  test('is pinned to the tenant that the token names (R-SOC-05)', async () => {
    expect(await problemOf(await sign(claims(tenant), { kid: 'for-all' }), source, at())).toBeNull();
    const other = { ...claims(tenant), tid: consumers };
    expect(await problemOf(await sign(other, { kid: 'for-all' }), source, at())).toMatch(/^its ID token/);
    expect(await problemOf(await sign({ ...claims('common'), tid: 'common' }, { kid: 'for-all' }), source, at())).toMatch(/unknown issuer/);
  });

  test('lets in whom the configuration says', async () => {
    const token = {
      company: await sign(claims(tenant), { kid: 'for-all' }),
      person: await sign(claims(consumers), { kid: 'for-consumers' }),
    };
    expect(await problemOf(token.person, source, at())).toBeNull();
    expect(await problemOf(token.person, source, at('organizations'))).toMatch(/unknown issuer/);
    expect(await problemOf(token.company, source, at('consumers'))).toMatch(/unknown issuer/);
    expect(await problemOf(token.company, source, at(tenant))).toBeNull();
    expect(await problemOf(token.person, source, at(tenant))).toMatch(/unknown issuer/);
  });

  test('signs nothing of a company with a key for personal accounts', async () => {
    expect(await problemOf(await sign(claims(tenant), { kid: 'for-consumers' }), source, at())).toBe(
      'its ID token is signed with a key for another issuer',
    );
  });
});

describe('the keys of a provider', () => {
  test('are fetched once, and once more for an unknown key in 30 seconds', async () => {
    const one = provider();
    fetches = 0;
    for (let count = 0; count < 5; count += 1) await problemOf(await sign(goodClaims), undefined, one);
    expect(fetches).toBe(1);
    for (let count = 0; count < 5; count += 1) await problemOf(await sign(goodClaims, { kid: `unknown-${count}` }), undefined, one);
    expect(fetches).toBe(1);
  });

  test.each(['/broken', '/away'])('that cannot be read at %s are the fault of the provider, not of the token', async (path) => {
    const set = remoteKeys(keys.url + path, true);
    expect(await problemOf(await sign(goodClaims), undefined, provider({ keys: () => set }))).toBe('its keys cannot be read');
  });

  test.each<[string, object, string]>([
    ['a point beside the curve', { kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ' }, 'its keys cannot be read'],
    ['numbers in the place of coordinates', { kty: 'EC', crv: 'P-256', x: 7, y: 7 }, 'its keys cannot be read'],
    ['nothing but a type', { kty: 'EC' }, 'its ID token is not valid'],
    ['of a curve that nobody knows', { kty: 'EC', crv: 'P-999', x: 'AQ', y: 'AQ' }, 'its ID token is not valid'],
  ])('that are %s are refused by name, and are no error of ours', async (_, key, problem) => {
    oddKey = key;
    const set = remoteKeys(`${keys.url}/odd`, true);
    expect(await problemOf(await sign(goodClaims), undefined, provider({ keys: () => set }))).toBe(problem);
  });
});
