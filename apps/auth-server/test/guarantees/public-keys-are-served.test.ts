import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { startNewServer } from '../new-server.ts';
import { signedInPerson } from '../person.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(() => server.stop());

test('anybody can verify an access token with what is published, which may be kept for five minutes (R-TOK-13)', async () => {
  const response = await fetch(`${server.url}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const { keys } = (await response.json()) as { keys: { kid: string }[] };
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);

  const { email, password } = await signedInPerson(server.url);
  const client = openBrowser(server.url, { headers: { 'x-latchkey-credentials': 'token' } });
  const { data } = await client.call<{ tokens: { accessToken: string } }>('auth.login', { identifier: email, password });
  const [header = '', claims = '', signature = ''] = data.tokens.accessToken.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const jwk = keys.find((key) => key.kid === kid);
  const publicKey = createPublicKey({ key: jwk as never, format: 'jwk' });
  expect(verify(null, Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(verify(null, Buffer.from(`${header}.${claims}x`), publicKey, Buffer.from(signature, 'base64url'))).toBe(false);
});
