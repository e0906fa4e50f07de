import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { type LocalServer, openLocalServer } from '../local-server.ts';

type Mode = 'mandatory' | 'optional' | 'closed' | 'limited';
const servers = {} as Record<Mode, LocalServer>;

beforeAll(async () => {
  const url = inject('databaseUrl');
  [servers.mandatory, servers.optional, servers.closed, servers.limited] = await Promise.all([
    openLocalServer(url),
    openLocalServer(url, { core: { policy: { emailVerification: 'optional' } } }),
    openLocalServer(url, { core: { policy: { registration: 'closed' } } }),
    openLocalServer(url, { core: { policy: { limitsEnabled: true } } }),
  ]);
});
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

function details() {
  const name = `p${randomBytes(5).toString('hex')}`;
  return { email: `${name}@example.com`, username: name, password: `pass phrase of ${name}` };
}

const open = (mode: Mode): Browser => openBrowser(servers[mode].url, { origin: 'http://localhost' });

async function signedIn(mode: Mode = 'mandatory') {
  const person = { ...details(), browser: open(mode) };
  const { email, username, password } = person;
  await person.browser.call('registration.register', { email, username, password });
  const { token } = await servers[mode].lastMail('verify_email', email);
  await person.browser.call('registration.verifyEmail', { token });
  return person;
}

async function refused(browser: Browser, path: string, input?: unknown) {
  const { status, error } = await browser.call(path, input);
  return { status, reason: error?.reason, fields: error?.fields?.map((field) => field.path) };
}

const at = (status: number, reason: string, ...fields: string[]) => ({ status, reason, fields: fields.length > 0 ? fields : undefined });
const newPassword = 'another pass phrase';

describe('registration', () => {
  test('register', async () => {
    const { email, username, password } = details();
    const known = await signedIn();
    const browser = open('mandatory');
    const call = (input: object) => refused(browser, 'registration.register', { email, password, ...input });
    expect(await call({ email: 'nobody' })).toEqual(at(400, 'invalid_input', 'email'));
    expect(await call({ username: 'a b' })).toEqual(at(400, 'invalid_input', 'username'));
    expect(await call({ firstName: 'a\nb' })).toEqual(at(400, 'invalid_input', 'firstName'));
    expect(await call({ lastName: 'x'.repeat(151) })).toEqual(at(400, 'invalid_input', 'lastName'));
    expect(await call({ fields: { role: 'admin' } })).toEqual(at(400, 'invalid_input', 'fields.role'));
    expect(await call({ emailVerified: true })).toEqual(at(400, 'invalid_input', 'emailVerified'));
    expect(await call({ password: 'password' })).toEqual(at(400, 'weak_password', 'password'));
    expect(await call({ username: known.username.toUpperCase() })).toEqual(at(409, 'username_taken'));
    expect(await refused(open('closed'), 'registration.register', { email, password })).toEqual(at(403, 'registration_closed'));
    const first = await open('optional').call('registration.register', { email, username, password });
    expect(first.data).toMatchObject({ status: 'authenticated', user: { email, username, emailVerified: false }, tokens: null });
    expect(await refused(open('optional'), 'registration.register', { email, password })).toEqual(at(409, 'email_taken'));
  });

  test('verifyEmail', async () => {
    const { email, password } = details();
    await open('mandatory').call('registration.register', { email, password });
    const { token } = await servers.mandatory.lastMail('verify_email', email);
    const browser = open('mandatory');
    expect(await refused(browser, 'registration.verifyEmail', { token: 'x' })).toEqual(at(400, 'invalid_token'));
    expect(await refused(browser, 'registration.verifyEmail', {})).toEqual(at(400, 'invalid_input', 'token'));
    expect((await browser.call('registration.verifyEmail', { token })).data).toEqual({ status: 'password_required' });
    expect(await refused(browser, 'registration.verifyEmail', { token, password: 'x' })).toEqual(at(401, 'invalid_credentials'));
    expect((await browser.call('registration.verifyEmail', { token, password })).data).toMatchObject({
      status: 'authenticated',
      tokens: null,
    });
  });

  test('requestEmailChange and confirmEmailChange', async () => {
    const { browser } = await signedIn();
    const { email } = details();
    expect(await refused(open('mandatory'), 'registration.requestEmailChange', { email })).toEqual(at(401, 'not_authenticated'));
    expect(await refused(browser, 'registration.requestEmailChange', { email: 'nobody' })).toEqual(at(400, 'invalid_input', 'email'));
    expect((await browser.call('registration.requestEmailChange', { email })).data).toEqual({ status: 'accepted' });
    const { token } = await servers.mandatory.lastMail('confirm_email_change', email);
    expect(await refused(open('mandatory'), 'registration.confirmEmailChange', { token })).toEqual(at(401, 'not_authenticated'));
    expect(await refused(browser, 'registration.confirmEmailChange', { token: 'x' })).toEqual(at(400, 'invalid_token'));
    expect((await browser.call('registration.confirmEmailChange', { token })).data).toEqual({ status: 'email_changed' });
  });
});

describe('password', () => {
  test('change and set', async () => {
    const { browser, password } = await signedIn();
    const change = { currentPassword: password, newPassword };
    expect(await refused(open('mandatory'), 'password.change', change)).toEqual(at(401, 'not_authenticated'));
    expect(await refused(browser, 'password.change', { ...change, currentPassword: 'x' })).toEqual(at(401, 'invalid_credentials'));
    expect(await refused(browser, 'password.change', { ...change, newPassword: 'short' })).toEqual(at(400, 'weak_password', 'newPassword'));
    expect(await refused(browser, 'password.set', { newPassword })).toEqual(at(409, 'password_already_set'));
    expect((await browser.call('password.change', change)).data).toEqual({ status: 'changed', tokens: null });
  });

  test('requestReset and confirmReset', async () => {
    const { browser, email } = await signedIn();
    expect(await refused(browser, 'password.requestReset', { email: 'nobody' })).toEqual(at(400, 'invalid_input', 'email'));
    expect((await open('mandatory').call('password.requestReset', { email })).data).toEqual({ status: 'accepted' });
    const { token } = await servers.mandatory.lastMail('reset_password', email);
    expect(await refused(browser, 'password.confirmReset', { token: 'x', newPassword })).toEqual(at(400, 'invalid_token'));
    expect(await refused(browser, 'password.confirmReset', { token, newPassword: 'x' })).toEqual(at(400, 'weak_password', 'newPassword'));
    expect((await browser.call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
    expect(await refused(browser, 'password.confirmReset', { token, newPassword })).toEqual(at(400, 'invalid_token'));
  });
});

describe('one’s account', () => {
  test('updateUser', async () => {
    const known = await signedIn();
    const { browser, email } = await signedIn();
    const call = (input: object) => refused(browser, 'auth.updateUser', input);
    expect(await refused(open('mandatory'), 'auth.updateUser', {})).toEqual(at(401, 'not_authenticated'));
    expect(await call({ username: known.username })).toEqual(at(409, 'username_taken'));
    expect(await call({ username: '' })).toEqual(at(400, 'invalid_input', 'username'));
    expect(await call({ email: known.email })).toEqual(at(400, 'invalid_input', 'email'));
    expect(await call({ fields: { emailVerified: true } })).toEqual(at(400, 'invalid_input', 'fields.emailVerified'));
    const { username } = details();
    const { data } = await browser.call('auth.updateUser', { username, firstName: 'Ada', lastName: 'Lovelace' });
    expect(data).toMatchObject({
      email,
      username,
      firstName: 'Ada',
      lastName: 'Lovelace',
      fields: {},
      emailVerified: true,
      hasPassword: true,
    });
  });

  test('what needs a proof of the last ten minutes', async () => {
    const { browser, email, password } = await signedIn();
    servers.mandatory.clock.advance(10 * 60);
    const asked = ['auth.deleteUser', 'registration.requestEmailChange'] as const;
    for (const path of asked)
      expect(await refused(browser, path, path === 'auth.deleteUser' ? undefined : { email })).toEqual(
        at(403, 'reauthentication_required'),
      );
    await browser.call('auth.reauthenticate', { password });
    expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
    expect(await refused(browser, 'auth.deleteUser')).toEqual(at(401, 'not_authenticated'));
  });
});

test('too many attempts say when to come back', async () => {
  const { email, password } = details();
  const asked: [string, object][] = [
    ['password.requestReset', { email }],
    ['registration.resendVerification', { email }],
  ];
  for (const [path, input] of asked) {
    expect((await open('limited').call(path, input)).data).toEqual({ status: 'accepted' });
    const { status, error, headers } = await open('limited').call(path, input);
    expect({ status, reason: error?.reason }).toEqual({ status: 429, reason: 'too_many_attempts' });
    expect(error?.retryAfterSeconds).toBeGreaterThan(0);
    expect(headers.get('retry-after')).toBe(String(error?.retryAfterSeconds));
  }
  for (const _allowed of [1, 2, 3]) expect((await open('limited').call('registration.register', { email, password })).status).toBe(200);
  expect(await refused(open('limited'), 'registration.register', { email, password })).toEqual(at(429, 'too_many_attempts'));
});
