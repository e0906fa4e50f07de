import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json, type LocalServer, startLocalServer } from '../../test/local-server.ts';
import { exchangeCode } from './exchange-code.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { Provider, ProviderMetadata } from './providers/provider.ts';

let provider: LocalServer;
let answer: [unknown, number] = [{}, 200];

beforeAll(async () => {
  provider = await startLocalServer((_, response) => json(response, ...answer));
});
beforeEach(() => {
  provider.requests.length = 0;
  answer = [{ access_token: 'at', id_token: 'it', token_type: 'Bearer' }, 200];
});
afterAll(() => provider.close());

const now = new Date('2026-06-01T12:00:00Z');

function exchange(clientAuth: ProviderMetadata['clientAuth'], over: Partial<Provider> = {}) {
  const us = {
    clientId: 'us',
    clientSecret: 'se:cret/&',
    redirectUri: 'https://auth.example.test/social/callback/acme',
    issuer: 'i',
    ...over,
  };
  const endpoints = { authorize: '', token: `${provider.url}/token`, userinfo: null, jwks: null };
  return exchangeCode(
    us as Provider,
    { endpoints, clientAuth, sendsIssuer: false },
    { code: 'the code', verifier: 'the verifier', now },
    { signal: AbortSignal.timeout(5000), allowPlainHttp: true },
  );
}

const grant = {
  grant_type: 'authorization_code',
  code: 'the code',
  redirect_uri: 'https://auth.example.test/social/callback/acme',
  code_verifier: 'the verifier',
};

test('a code is traded with its verifier and the redirect it was made for; we are named in the header (R-SOC-02)', async () => {
  expect(await exchange('basic')).toMatchObject({ access_token: 'at', id_token: 'it' });
  const [request] = provider.requests;
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual(grant);
  const credentials = Buffer.from(request?.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
  expect(credentials).toBe('us:se%3Acret%2F%26');
});

test('a provider that fails at a verifier is told none (R-SOC-02)', async () => {
  await exchange('basic', { refusesPkce: true });
  const { code_verifier: _, ...rest } = grant;
  expect(Object.fromEntries(new URLSearchParams(provider.requests[0]?.body))).toEqual(rest);
});

test('or in the body', async () => {
  await exchange('post');
  const [request] = provider.requests;
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({ ...grant, client_id: 'us', client_secret: 'se:cret/&' });
  expect(request?.headers.authorization).toBeUndefined();
});

test('for Apple the secret is a token of five minutes, signed with our key', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await exchange('post', { clientSecret: { teamId: 'TEAM', keyId: 'KEY', privateKey: pem }, issuer: 'https://appleid.apple.com' });
  const secret = new URLSearchParams(provider.requests[0]?.body).get('client_secret') ?? '';
  const { payload, protectedHeader } = await jwtVerify(secret, createPublicKey(privateKey), { currentDate: now });
  expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY' });
  const issued = now.getTime() / 1000;
  expect(payload).toEqual({ iss: 'TEAM', sub: 'us', aud: 'https://appleid.apple.com', iat: issued, exp: issued + 300 });
});

test.each<[unknown, number]>([
  [{ error: 'invalid_grant' }, 400],
  [{ error: 'bad_verification_code', error_description: '<script>' }, 200],
  [{ access_token: '' }, 200],
  [{ access_token: 7 }, 200],
  [{ access_token: 'at' }, 500],
  [[], 200],
  [null, 200],
])('%j with %i is a failure of the provider, in our words', async (body, status) => {
  answer = [body, status];
  const error = await exchange('post').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProviderFailure);
  expect((error as ProviderFailure).problem).toBe(`it did not take the code (${status})`);
});
