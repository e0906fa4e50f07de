import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { base64url, CompactSign, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SessionRow } from '../session/session.table.ts';
import { openTestCore, type TestCore } from '../testing/testing.ts';
import { readAccessToken, readServiceClaims, signAccessToken, signServiceToken } from './access-token.ts';

const issuer = 'https://auth.example.test';
let testCore: TestCore;
let token: string;
let now: number;
const session = { id: randomUUID(), userId: randomUUID(), methods: ['pwd'] } as SessionRow;

beforeAll(async () => {
  testCore = await openTestCore(inject('databaseUrl'));
  const at = testCore.clock.now();
  now = Math.floor(at.getTime() / 1000);
  Object.assign(session, { authenticatedAt: at, expiresAt: new Date(at.getTime() + 86_400_000) });
  token = (await signAccessToken(testCore.core, testCore.core.db, session)).accessToken;
});
afterAll(() => testCore.close());

const read = (text: string) => readAccessToken(testCore.core, text);
const decoded = (text: string, part: 0 | 1) => JSON.parse(Buffer.from(text.split('.')[part] ?? '', 'base64url').toString());
const goodClaims = (): JWTPayload => decoded(token, 1);
const goodHeader = (): { alg: string; typ: string; kid: string } => decoded(token, 0);

/** A token signed with our own key, with a header and claims of the test's choice. */
async function forged(header: object, claims: object): Promise<string> {
  const { privateKey } = await testCore.core.signingKeys.current(testCore.core.db);
  const protectedHeader = { ...goodHeader(), ...header };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(protectedHeader).sign(privateKey);
}

/** The same for headers that no library would sign. */
async function forgedRaw(header: object): Promise<string> {
  const body = `${base64url.encode(JSON.stringify({ ...goodHeader(), ...header }))}.${token.split('.')[1]}`;
  const { privateKey } = await testCore.core.signingKeys.current(testCore.core.db);
  const signature = await crypto.subtle.sign('Ed25519', privateKey as never, new TextEncoder().encode(body));
  return `${body}.${Buffer.from(signature).toString('base64url')}`;
}

const without = (name: string) => Object.fromEntries(Object.entries(goodClaims()).filter(([key]) => key !== name));

test('our own token is read, and forging with our own key works: what follows is refused for one reason each', async () => {
  expect(await read(token)).toEqual({ userId: session.userId, sessionId: session.id, expiresAt: new Date((now + 300) * 1000) });
  expect(await read(await forged({}, goodClaims()))).not.toBeNull();
  expect(await read(await forgedRaw({}))).not.toBeNull();
});

describe('one algorithm is accepted, and the header is only compared with it (R-TOK-01)', () => {
  test.each(['none', 'None', 'NONE', ''])('alg %j without a signature', async (alg) => {
    const header = base64url.encode(JSON.stringify({ ...goodHeader(), alg }));
    const [, claims, signature] = token.split('.');
    expect(await read(`${header}.${claims}.`)).toBeNull();
    expect(await read(`${header}.${claims}.${signature}`)).toBeNull();
  });

  test('HS256 with the public key as the secret', async () => {
    const key = await testCore.core.signingKeys.publicKey(goodHeader().kid);
    const { keys } = await testCore.core.signingKeys.jwks();
    const secrets = [await exportSPKI(key as never), JSON.stringify(keys[0]), keys[0]?.x ?? ''].map((text) =>
      new TextEncoder().encode(text),
    );
    for (const secret of [...secrets, Buffer.from(keys[0]?.x ?? '', 'base64url')]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        expect(await read(await new SignJWT(goodClaims()).setProtectedHeader({ ...goodHeader(), alg }).sign(secret))).toBeNull();
      }
    }
  });

  test.each(['RS256', 'PS256', 'ES256'])('%s with a key of the forger’s', async (alg) => {
    const { privateKey } = await generateKeyPair(alg);
    expect(await read(await new SignJWT(goodClaims()).setProtectedHeader({ ...goodHeader(), alg }).sign(privateKey))).toBeNull();
  });

  test('EdDSA with another key under our key’s id', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(await read(await new SignJWT(goodClaims()).setProtectedHeader(goodHeader()).sign(privateKey))).toBeNull();
  });

  test.each(['Ed25519', 'eddsa'])('our key under the name %s', async (alg) => {
    expect(await read(await forgedRaw({ alg }))).toBeNull();
  });
});

describe('a token of another kind is none (R-TOK-02)', () => {
  test.each([['JWT'], ['jwt'], ['service-at+jwt'], ['refresh+jwt'], [''], [undefined], [1]])('typ %j', async (typ) => {
    expect(await read(await forged({ typ }, goodClaims()))).toBeNull();
  });

  test('a service token is no person’s, and a person’s is no service’s', async () => {
    const service = await signServiceToken(testCore.core, { id: randomUUID(), scopes: ['users:read'] });
    expect(await readServiceClaims(testCore.core, service.accessToken)).not.toBeNull();
    expect(await read(service.accessToken)).toBeNull();
    expect(await readServiceClaims(testCore.core, token)).toBeNull();
    expect(await readServiceClaims(testCore.core, await forged({}, decoded(service.accessToken, 1)))).toBeNull();
  });
});

describe('issuer, audience, times, subject, session and id are required and checked (R-TOK-03)', () => {
  test.each(['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'nbf', 'exp'])('without %s', async (name) => {
    expect(await read(await forged({}, without(name)))).toBeNull();
  });

  test.each([
    ['another issuer', { iss: 'https://other.example.test' }],
    ['an issuer that only begins like ours', { iss: `${issuer}.evil.test` }],
    ['another audience', { aud: 'https://other.example.test' }],
    ['no audience in a list', { aud: [] }],
    ['a subject that is no text', { sub: 7 }],
    ['a session that is no text', { sid: ['a'] }],
    ['an end that is no number', { exp: 'tomorrow' }],
    ['a beginning that is no number', { nbf: '0' }],
  ])('%s', async (_, claims) => {
    expect(await read(await forged({}, { ...goodClaims(), ...claims }))).toBeNull();
  });

  test.each([
    ['ended 29 seconds ago', { exp: -29 }, true],
    ['ended 30 seconds ago', { exp: -30 }, false],
    ['begins in 30 seconds', { nbf: 30 }, true],
    ['begins in 31 seconds', { nbf: 31 }, false],
  ])('a token that %s: %o', async (_, offsets, isGood) => {
    const claims = Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, now + offset]));
    expect((await read(await forged({}, { ...goodClaims(), ...claims }))) !== null).toBe(isGood);
  });
});

describe('a key id selects one of our keys and nothing else (R-TOK-04)', () => {
  const kids = [
    '',
    ' ',
    '../../etc/passwd',
    "' or '1'='1",
    'a'.repeat(300),
    '%',
    'null',
    '\0',
    '__proto__',
    'constructor',
    7,
    null,
    ['a'],
    {},
  ];

  test.each(kids.map((kid) => [kid]))('the id %j', async (kid) => {
    expect(await read(await forged({ kid }, goodClaims()))).toBeNull();
  });

  test('no id, and one that differs by one letter’s case', async () => {
    const { kid } = goodHeader();
    const swapped = kid.replace(/[a-z]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
    for (const other of [undefined, swapped, `${kid} `, kid.slice(0, -1)])
      expect(await read(await forged({ kid: other }, goodClaims()))).toBeNull();
  });

  test('a token that brings its own key, or says where it is', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const header of [{ jwk }, { jku: 'https://evil.test/jwks.json' }, { x5u: 'https://evil.test/x5c' }, { x5c: ['AAAA'] }]) {
      const signed = await new SignJWT(goodClaims()).setProtectedHeader({ ...goodHeader(), ...header }).sign(privateKey);
      expect(await read(signed)).toBeNull();
      expect(await read(await forged(header, goodClaims()))).toBeNull();
    }
  });

  test.each([
    [{ crit: ['exp'], exp: 1 }],
    [{ crit: [] }],
    [{ crit: ['b64'], b64: false }],
    [{ b64: true }],
    [{ jku: '' }],
    [{ jwk: null }],
  ])('a header with %j', async (header) => {
    expect(await read(await forgedRaw(header))).toBeNull();
  });
});

test('a token whose claims or signature were altered is none (R-TOK-01)', async () => {
  const [header, , signature] = token.split('.');
  const claims = base64url.encode(JSON.stringify({ ...goodClaims(), sub: randomUUID() }));
  expect(await read(`${header}.${claims}.${signature}`)).toBeNull();
  expect(await read(`${token.slice(0, -10)}${'A'.repeat(10)}`)).toBeNull();
});

test('a token holds ids and times and nothing of the person, and stays below 1 KiB (R-TOK-06)', async () => {
  expect(Object.keys(goodClaims()).sort()).toEqual(['amr', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'jti', 'nbf', 'sid', 'sub']);
  expect(goodClaims()).toMatchObject({ iss: issuer, aud: issuer, sub: session.userId, sid: session.id, iat: now, exp: now + 300 });
  expect(goodHeader()).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{43}$/) });
  expect(token.length).toBeLessThan(1024);
});

test('no two tokens are alike, and none outlives its session (R-TOK-06)', async () => {
  const soon = { ...session, expiresAt: new Date((now + 60) * 1000) };
  const [one, another] = await Promise.all([
    signAccessToken(testCore.core, testCore.core.db, soon),
    signAccessToken(testCore.core, testCore.core.db, soon),
  ]);
  expect(one.accessToken).not.toBe(another.accessToken);
  expect(one.accessTokenExpiresAt).toEqual(soon.expiresAt);
});
