import { createHash } from 'node:crypto';
import { createServiceAccount, defaultPolicy, type LimitedAction, type Policy } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

const account = { points: 2, seconds: 700 };
const address = { points: 4, seconds: 900 };
const limits = Object.fromEntries(
  Object.entries(defaultPolicy.limits).map(([action, { ip }]) => [
    action,
    action === 'mail' || action === 'record' ? { ip: [], account: [] } : { ip: ip.length > 0 ? [address] : [], account: [account] },
  ]),
) as unknown as Policy['limits'];

/** Refused after it was counted, and leaves the token good. */
const breached = 'a pass phrase from elsewhere';

let router: TestRouter;
let people: TestPerson[];
let ips = 0;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true, limits } });
  router.core.host.breachedPasswords = async () => `${createHash('sha1').update(breached).digest('hex').slice(5)}:1`;
  people = [];
  while (people.length < 5) people.push(await newcomer());
});
afterAll(() => router.close());
beforeEach(() => forget());

async function forget(): Promise<void> {
  await rows(router, 'truncate latchkey."limit"');
}

async function newcomer(): Promise<TestPerson> {
  await forget();
  return signedInPerson(router, at(newAddress()));
}

function newAddress(): string {
  ips += 1;
  return `198.51.${ips >> 8}.${ips & 255}`;
}

const at = (ip: string, credentials: 'cookie' | 'token' = 'cookie') => router.browser({ ip, credentials });

/** The person's own session, from another address. */
function moved(person: TestPerson, ip: string): TestBrowser {
  const browser = at(ip);
  for (const [name, value] of person.browser.cookies) browser.cookies.set(name, value);
  return browser;
}

/** One call in the name of the nth account, from an address. */
type Attempt = (index: number, ip: string) => Promise<{ refusal: { reason: string; retryAfterSeconds: number | null } | null }>;

const person = (index: number) => people[index] as TestPerson;
const stranger =
  (path: string, input: (index: number) => object): (() => Attempt) =>
  () =>
  (index, ip) =>
    at(ip).call(path, input(index));
const owner =
  (path: string, input?: object): (() => Attempt) =>
  () =>
  (index, ip) =>
    moved(person(index), ip).call(path, input);

async function mailedTokens(kind: 'verify_email' | 'reset_password'): Promise<string[]> {
  const tokens: string[] = [];
  for (const each of people) {
    const { email } = kind === 'verify_email' ? newDetails() : each;
    await forget();
    // Mails of one moment have no order: the newest is to be this one, and nothing that was asked for before.
    await router.mails();
    router.clock.advance(1);
    if (kind === 'verify_email') await at(newAddress()).call('registration.register', { email, password: 'some pass phrase' });
    else await at(newAddress()).call('password.requestReset', { email });
    tokens.push((await router.lastMail(kind, email)).token);
  }
  await forget();
  return tokens;
}

async function refreshTokens(): Promise<string[]> {
  const tokens: string[] = [];
  for (const { email, password } of people) {
    await forget();
    const { data } = await at(newAddress(), 'token').call<{ tokens: { refreshToken: string } }>('auth.login', {
      identifier: email,
      password,
    });
    tokens.push(data?.tokens.refreshToken ?? '');
  }
  await forget();
  return tokens;
}

let services = 0;
async function serviceKeys(): Promise<string[]> {
  const keys: string[] = [];
  while (keys.length < 5) {
    services += 1;
    keys.push((await createServiceAccount(router.core, { name: `service-${services}`, scopes: ['users:read'] })).key);
  }
  return keys;
}

async function asServices(): Promise<Attempt> {
  const bearers: string[] = [];
  for (const serviceKey of await serviceKeys()) {
    const { data } = await at(newAddress()).call<{ accessToken: string }>('auth.serviceToken', { serviceKey });
    bearers.push(data?.accessToken ?? '');
  }
  await forget();
  return (index, ip) => {
    const browser = at(ip);
    browser.bearer = bearers[index] ?? null;
    return browser.call('auth.users.find', { ids: [] });
  };
}

const byToken = (path: string, tokens: () => Promise<string[]>, input: (token: string) => object) => async (): Promise<Attempt> => {
  const each = await tokens();
  return (index, ip) => at(ip).call(path, input(each[index] ?? ''));
};

const password = 'a wrong pass phrase';
const nobody = (index: number) => `nobody${index}@example.com`;

/** Every limited action, by each way to it. */
const attempts: [action: LimitedAction, what: string, prepare: () => Attempt | Promise<Attempt>][] = [
  ['login', 'a login', stranger('auth.login', (index) => ({ identifier: person(index).email, password }))],
  ['login', 'a login of nobody', stranger('auth.login', (index) => ({ identifier: nobody(index), password }))],
  ['register', 'a registration', stranger('registration.register', (index) => ({ email: nobody(index), password }))],
  [
    'register',
    'a registration of a known address',
    stranger('registration.register', (index) => ({ email: person(index).email, password })),
  ],
  [
    'verifyEmail',
    'a verification',
    byToken(
      'registration.verifyEmail',
      () => mailedTokens('verify_email'),
      (token) => ({ token, password }),
    ),
  ],
  ['verifyEmail', 'a confirmation of a new address', owner('registration.confirmEmailChange', { token: 'lkc_nothing' })],
  ['resendVerification', 'another mail', stranger('registration.resendVerification', (index) => ({ email: person(index).email }))],
  ['resendVerification', 'another mail for nobody', stranger('registration.resendVerification', (index) => ({ email: nobody(index) }))],
  ['requestReset', 'a reset', stranger('password.requestReset', (index) => ({ email: person(index).email }))],
  ['requestReset', 'a reset for nobody', stranger('password.requestReset', (index) => ({ email: nobody(index) }))],
  [
    'confirmReset',
    'the end of a reset',
    byToken(
      'password.confirmReset',
      () => mailedTokens('reset_password'),
      (token) => ({ token, newPassword: breached }),
    ),
  ],
  ['provePassword', 'a proof', owner('auth.reauthenticate', { password })],
  [
    'provePassword',
    'a change of the password',
    owner('password.change', { currentPassword: password, newPassword: 'another pass phrase' }),
  ],
  ['refresh', 'a refresh', byToken('auth.refresh', refreshTokens, (refreshToken) => ({ refreshToken }))],
  ['changeEmail', 'a change of the address', owner('registration.requestEmailChange', { email: 'taken@example.com' })],
  ['session', 'a change of the profile', owner('auth.updateUser', { firstName: 'Ada' })],
  ['session', 'a list of sessions', owner('auth.sessions.list')],
  ['session', 'the end of a session', owner('auth.sessions.revoke', { sessionId: '01900000-0000-7000-8000-000000000000' })],
  ['session', 'the end of all others', owner('auth.sessions.revokeOthers')],
  ['serviceToken', 'a service token', byToken('auth.serviceToken', serviceKeys, (serviceKey) => ({ serviceKey }))],
  ['service', 'a call of a service', asServices],
];

test('every limited action is tried here', () => {
  const actions = Object.keys(defaultPolicy.limits).filter((action) => !['mail', 'record'].includes(action) && !/Social$/.test(action));
  expect([...new Set(attempts.map(([action]) => action))].sort()).toEqual(actions.sort());
});

test.each(attempts)(
  '%s: %s is counted for the account, wherever it comes from, and then says when to come back',
  async (_, __, prepare) => {
    const attempt = await prepare();
    for (let made = 0; made < account.points; made += 1)
      expect((await attempt(0, newAddress())).refusal?.reason).not.toBe('too_many_attempts');
    const { refusal } = await attempt(0, newAddress());
    expect(refusal?.reason).toBe('too_many_attempts');
    expect(refusal?.retryAfterSeconds).toBeGreaterThan(account.seconds - 60);
    expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(account.seconds);
    expect((await attempt(1, newAddress())).refusal?.reason).not.toBe('too_many_attempts');
  },
);

const withAddress = attempts.filter(([action]) => defaultPolicy.limits[action].ip.length > 0);

test.each(withAddress)('%s: %s is counted for the address, whoever it is for, and then says when to come back', async (_, __, prepare) => {
  const attempt = await prepare();
  const ip = newAddress();
  for (let made = 0; made < address.points; made += 1) expect((await attempt(made, ip)).refusal?.reason).not.toBe('too_many_attempts');
  const { refusal } = await attempt(4, ip);
  expect(refusal?.reason).toBe('too_many_attempts');
  expect(refusal?.retryAfterSeconds).toBeGreaterThan(address.seconds - 60);
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(address.seconds);
  expect((await attempt(4, newAddress())).refusal?.reason).not.toBe('too_many_attempts');
});

test.each(attempts)('%s: %s is refused when it cannot be counted', async (_, __, prepare) => {
  const attempt = await prepare();
  await rows(router, 'alter table latchkey."limit" rename to limit_gone');
  try {
    expect((await attempt(0, newAddress())).refusal).toMatchObject({ reason: 'overloaded', retryAfterSeconds: 1 });
    const { browser, userId } = person(1);
    expect((await browser.call('auth.user')).data).toMatchObject({ id: userId });
    expect((await browser.call('auth.session')).data).toMatchObject({ user: { id: userId } });
  } finally {
    await rows(router, 'alter table latchkey.limit_gone rename to "limit"');
  }
});
