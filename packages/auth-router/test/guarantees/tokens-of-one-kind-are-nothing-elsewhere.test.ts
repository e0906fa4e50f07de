import { createServiceAccount } from '@latchkey/user-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;
/** One living secret of every kind there is. */
let secrets: Record<string, string>;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  person = await signedInPerson(router);
  const credentials = { identifier: person.email, password: person.password };
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: { accessToken: string; refreshToken: string } }>('auth.login', credentials);
  const { key } = await createServiceAccount(router.core, { name: 'billing', scopes: ['users:read', 'sessions:revoke'] });
  const service = await router.browser().call<{ accessToken: string }>('auth.serviceToken', { serviceKey: key });
  await person.browser.call('registration.requestEmailChange', { email: 'another@example.com' });
  const forgetful = await signedInPerson(router);
  await forgetful.browser.call('password.requestReset', { email: forgetful.email });
  const visitor = router.browser();
  await visitor.call('registration.register', { email: 'visitor@example.com', password: 'the pass phrase of a visitor' });
  secrets = {
    session: person.browser.cookies.get('session') ?? '',
    device: person.browser.cookies.get('device') ?? '',
    registration: visitor.cookies.get('registration') ?? '',
    accessToken: data?.tokens.accessToken ?? '',
    refreshToken: data?.tokens.refreshToken ?? '',
    serviceKey: key,
    serviceToken: service.data?.accessToken ?? '',
    verifyEmail: (await router.lastMail('verify_email', 'visitor@example.com')).token,
    changeEmail: (await router.lastMail('confirm_email_change')).token,
    resetPassword: (await router.lastMail('reset_password', forgetful.email)).token,
  };
  expect(Object.values(secrets).filter((secret) => secret.length < 40)).toEqual([]);
});
afterAll(() => router.close());

const newPassword = 'a third pass phrase';

/** Every place that takes a secret: which kind it is for, and what it answers to any other. */
const places: { place: string; takes: string; answers: string | null; give(secret: string): Promise<unknown> }[] = [
  { place: 'the session cookie', takes: 'session', answers: 'not_authenticated', give: (secret) => withCookie(secret) },
  { place: 'the bearer token', takes: 'accessToken', answers: 'not_authenticated', give: (secret) => withBearer('auth.user', secret) },
  {
    place: 'the bearer token of a service',
    takes: 'serviceToken',
    answers: 'not_authenticated',
    give: (secret) => withBearer('auth.users.find', secret, {}),
  },
  {
    place: 'auth.verifyToken',
    takes: 'accessToken',
    answers: 'inactive',
    give: async (token) => ((await active(token)) ? null : 'inactive'),
  },
  {
    place: 'auth.refresh',
    takes: 'refreshToken',
    answers: 'not_authenticated',
    give: (refreshToken) => refusal('auth.refresh', { refreshToken }),
  },
  {
    place: 'auth.serviceToken',
    takes: 'serviceKey',
    answers: 'invalid_credentials',
    give: (serviceKey) => refusal('auth.serviceToken', { serviceKey }),
  },
  {
    place: 'registration.verifyEmail',
    takes: 'verifyEmail',
    answers: 'invalid_token',
    give: (token) => refusal('registration.verifyEmail', { token }),
  },
  {
    place: 'password.confirmReset',
    takes: 'resetPassword',
    answers: 'invalid_token',
    give: (token) => refusal('password.confirmReset', { token, newPassword }),
  },
  {
    place: 'registration.confirmEmailChange',
    takes: 'changeEmail',
    answers: 'invalid_token',
    give: (token) => person.browser.refusalOf('registration.confirmEmailChange', { token }),
  },
];

const refusal = (path: string, input: unknown) => router.browser().refusalOf(path, input);

function withCookie(secret: string): Promise<string | null> {
  const browser = router.browser();
  browser.cookies.set('session', secret);
  return browser.refusalOf('auth.user');
}

function withBearer(path: string, secret: string, input?: unknown): Promise<string | null> {
  const browser = router.browser();
  browser.bearer = secret;
  return browser.refusalOf(path, input);
}

async function active(token: string): Promise<boolean> {
  return (await router.browser().call<{ active: boolean }>('auth.verifyToken', { token })).data?.active === true;
}

describe('a secret of one kind is nothing where another is expected (R-TOK-02)', () => {
  test.each(places)('$place takes its own kind and no other', async ({ takes, answers, give }) => {
    for (const [kind, secret] of Object.entries(secrets).filter(([kind]) => kind !== takes)) {
      expect(await give(secret), kind).toBe(secret.length > 256 && answers === 'invalid_token' ? 'invalid_input' : answers);
    }
  });

  test.each(places.toReversed())('$place still takes its own', async ({ takes, give }) => {
    expect(await give(secrets[takes] ?? '')).toBeNull();
  });
});
