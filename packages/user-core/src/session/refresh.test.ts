import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { RootSecret } from '../host.ts';
import { login } from '../login/login.ts';
import { Refusal } from '../refusal.ts';
import { register } from '../registration/register.ts';
import { verifyEmail } from '../registration/verify-email.ts';
import { deriveKeys } from '../secret/derived-keys.ts';
import { openTestCore, type TestCore, testCaller } from '../testing/testing.ts';
import { recognize } from './recognize.ts';
import { refresh } from './refresh.ts';
import { formatRefreshToken } from './refresh-token.ts';

const password = 'a pass phrase of some length';
const email = 'somebody@example.com';
const secretOf = (id: string): RootSecret => ({ id, secret: randomBytes(32).toString('base64url') });
const first = secretOf('first');
let testCore: TestCore;

beforeAll(async () => {
  testCore = await openTestCore(inject('databaseUrl'), { secrets: [first] });
  await register(testCore.core, { email, password }, testCaller());
  const { token } = await testCore.lastMail('verify_email', email);
  await verifyEmail(testCore.core, { token, password }, testCaller());
});
afterAll(() => testCore.close());

async function loggedIn(credentials: 'cookie' | 'token', core = testCore.core) {
  const outcome = await login(core, { identifier: email, password }, testCaller({ credentials }));
  if (outcome.status !== 'authenticated') throw new Error(`the login answered ${outcome.status}`);
  return outcome;
}

test('a cookie session has no refresh tokens, not even well-formed ones of our own making (R-TOK-07)', async () => {
  const { session } = await loggedIn('cookie');
  for (const counter of [0, 1]) {
    const token = formatRefreshToken(testCore.core.keys, { sessionId: session.id, counter });
    await expect(refresh(testCore.core, token, testCaller())).rejects.toEqual(new Refusal('not_authenticated'));
  }
});

test('a generation that was never given out is none, and ends nothing (R-TOK-09)', async () => {
  const { session, secrets } = await loggedIn('token');
  const token = formatRefreshToken(testCore.core.keys, { sessionId: session.id, counter: 7 });
  await expect(refresh(testCore.core, token, testCaller())).rejects.toEqual(new Refusal('not_authenticated'));
  expect(await refresh(testCore.core, secrets.tokens?.refreshToken ?? '', testCaller())).toMatchObject({ accessToken: expect.any(String) });
});

test('a new root secret keeps refresh tokens, cookies and access tokens good, until the old one is taken away (R-TOK-13)', async () => {
  const phone = (await loggedIn('token')).secrets.tokens;
  const lost = (await loggedIn('token')).secrets.tokens;
  const cookie = (await loggedIn('cookie')).secrets.sessionToken;
  const second = secretOf('second');
  const rotated = { ...testCore.core, keys: deriveKeys([second, first], testCore.core.host.random) };

  expect((await recognize(rotated, { cookies: [cookie ?? ''], bearer: phone?.accessToken ?? '' })).presented).toHaveLength(2);
  const next = await refresh(rotated, phone?.refreshToken ?? '', testCaller());
  expect(await refresh(rotated, phone?.refreshToken ?? '', testCaller())).toMatchObject({ refreshToken: next.refreshToken });

  const alone = { ...testCore.core, keys: deriveKeys([second], testCore.core.host.random) };
  expect(await refresh(alone, next.refreshToken, testCaller())).toMatchObject({ refreshToken: expect.stringMatching(/^lkr_/) });
  await expect(refresh(alone, lost?.refreshToken ?? '', testCaller())).rejects.toEqual(new Refusal('not_authenticated'));
});
