import { createAuthContext, createAuthRouter } from '@latchkey/auth-router';
import { openTestCore, type TestCore } from '@latchkey/user-core/testing';
import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { refusalOf } from '../src/auth-client.ts';
import { createInProcessClient, type RequestLike } from '../src/server.ts';

let core: TestCore;
let authRouter: ReturnType<typeof createAuthRouter>['authRouter'];
beforeAll(async () => {
  const github = { id: 'github', clientId: 'client', clientSecret: 'secret' };
  core = await openTestCore(inject('databaseUrl'), {
    social: { publicUrl: 'https://auth.example.test', allowPlainHttp: false, providers: [github] },
  });
  ({ authRouter } = createAuthRouter({ core: core.core }));
});
afterAll(() => core.close());

function inProcess(request?: RequestLike, isSecure = false) {
  return createInProcessClient({ router: authRouter, createContext: createAuthContext, request, isSecure });
}

let people = 0;
async function newPerson() {
  people += 1;
  const person = { email: `in-process-${people}@example.com`, password: `pass phrase number ${people}` };
  const { client } = inProcess();
  await client.registration.register.mutate(person);
  const { token } = await core.lastMail('verify_email', person.email);
  await client.registration.verifyEmail.mutate({ token });
  return person;
}

test('a login counts for the calls that follow, and its cookie is given out', async () => {
  const { email, password } = await newPerson();
  const { client, cookies } = inProcess();
  expect(await client.auth.session.query()).toBeNull();
  expect(await client.auth.login.mutate({ identifier: email, password })).toMatchObject({ status: 'authenticated', tokens: null });
  expect(await client.auth.user.query()).toMatchObject({ email, createdAt: expect.any(Date) });
  const session = cookies.find((line) => line.startsWith('latchkey='));
  expect(session).toMatch(/^latchkey=lks_[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const next = inProcess({ headers: { cookie: session?.split(';')[0] ?? '' } });
  expect(await next.client.auth.user.query()).toMatchObject({ email });
});

test('a logout counts too, and takes the cookie away', async () => {
  const { email, password } = await newPerson();
  const { client, cookies } = inProcess();
  await client.auth.login.mutate({ identifier: email, password });
  cookies.length = 0;
  await client.auth.logout.mutate();
  expect(await client.auth.session.query()).toBeNull();
  expect(cookies).toContainEqual(expect.stringMatching(/^latchkey=; Max-Age=0; Path=\//));
});

test('over TLS cookies have the names and the attributes that they have there', async () => {
  const { email, password } = await newPerson();
  const { client, cookies } = inProcess(undefined, true);
  await client.auth.login.mutate({ identifier: email, password });
  expect(cookies).toContainEqual(expect.stringMatching(/^__Host-latchkey=lks_.+; Secure$/));
  const cookie = cookies.find((line) => line.startsWith('__Host-latchkey='))?.split(';')[0] ?? '';
  expect(await inProcess({ headers: { cookie } }, true).client.auth.session.query()).not.toBeNull();
  expect(await inProcess({ headers: { cookie } }, false).client.auth.session.query()).toBeNull();
});

test('who asks for tokens gets tokens, and calls with them', async () => {
  const { email, password } = await newPerson();
  const { client, cookies } = inProcess({ headers: { 'x-latchkey-credentials': 'token' } });
  const outcome = await client.auth.login.mutate({ identifier: email, password });
  const tokens = outcome.status === 'authenticated' ? outcome.tokens : null;
  expect(cookies).toEqual([]);
  const { client: next } = inProcess({ headers: { authorization: `Bearer ${tokens?.accessToken}` } });
  expect(await next.auth.user.query()).toMatchObject({ email });
});

test('a refusal is read as it is over HTTP', async () => {
  const { client } = inProcess();
  const error = await client.auth.login.mutate({ identifier: 'nobody', password: 'wrong' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(refusalOf(error, 'auth.login')).toMatchObject({ reason: 'invalid_credentials', httpStatus: 401, requestId: 'in-process' });
  const bad = await client.auth.login.mutate({ identifier: '', password: '' }).catch((thrown: unknown) => thrown);
  expect(refusalOf(bad)?.fields?.map(({ path }) => path)).toEqual(['identifier', 'password']);
});

test('the address and the browser of who asks are noted with the session', async () => {
  const { email, password } = await newPerson();
  const { client } = inProcess({ headers: { 'user-agent': 'My browser' }, ip: '192.0.2.77' });
  const outcome = await client.auth.login.mutate({ identifier: email, password });
  expect(outcome).toMatchObject({ session: { ip: '192.0.2.77', userAgent: 'My browser' } });
});

test('a flow at a provider is tied to the browser that began it, in process as well', async () => {
  const begin = inProcess(undefined, true);
  const { authorizationUrl } = await begin.client.social.start.mutate({ provider: 'github', intent: 'login' });
  expect(begin.cookies).toEqual([
    expect.stringMatching(/^__Host-latchkey-social=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
  ]);
  const cookie = begin.cookies[0]?.split(';')[0] ?? '';
  const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
  const reasonFor = async ({ client }: ReturnType<typeof inProcess>) => {
    const error = await client.social.finish
      .mutate({ provider: 'github', state, error: 'access_denied' })
      .catch((thrown: unknown) => thrown);
    return refusalOf(error, 'social.finish')?.reason;
  };
  expect(await reasonFor(inProcess(undefined, true))).toBe('state_mismatch');
  expect(await reasonFor(inProcess({ headers: { cookie } }, false))).toBe('state_mismatch');
  expect(await reasonFor(inProcess({ headers: { cookie: `other=1; ${cookie}` } }, true))).toBe('provider_denied');

  const { authorizationUrl: again } = await begin.client.social.start.mutate({ provider: 'github', intent: 'login' });
  const error = await begin.client.social.finish
    .mutate({ provider: 'github', state: new URL(again).searchParams.get('state') ?? '', error: 'access_denied' })
    .catch((thrown: unknown) => thrown);
  expect(refusalOf(error, 'social.finish')?.reason).toBe('provider_denied');
});
