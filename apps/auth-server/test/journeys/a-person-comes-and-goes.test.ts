import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startNewServer } from '../new-server.ts';
import { newPerson } from '../person.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

test('a person registers, verifies, logs out, logs in, changes and resets the password, and leaves', async () => {
  const { browser, email, username, password } = newPerson(server.url);
  const registered = await browser.call('registration.register', { email, username, password });
  expect(registered.data).toEqual({ status: 'email_verification_required', email });
  expect((await browser.call('auth.login', { identifier: email, password })).data).toEqual({
    status: 'email_verification_required',
    email,
  });

  const verified = await browser.call<{ status: string; tokens: unknown }>('registration.verifyEmail', {
    token: await browser.mailedToken('verify-email', email),
  });
  expect(verified.data).toMatchObject({
    status: 'authenticated',
    user: { email, username, emailVerified: true, hasPassword: true, fields: {} },
    tokens: null,
  });
  expect((await browser.query('auth.user')).data).toMatchObject({ email });

  expect((await browser.call('auth.logout')).data).toEqual({ status: 'logged_out' });
  expect((await browser.query('auth.session')).data).toBeNull();
  expect((await browser.query('auth.user')).error?.reason).toBe('not_authenticated');

  expect((await browser.call('auth.login', { identifier: username.toUpperCase(), password })).data).toMatchObject({
    status: 'authenticated',
  });
  const changed = 'another pass phrase';
  expect((await browser.call('password.change', { currentPassword: password, newPassword: changed })).data).toEqual({
    status: 'changed',
    tokens: null,
  });
  expect((await browser.query('auth.user')).data).toMatchObject({ email });

  expect((await browser.call('password.requestReset', { email })).data).toEqual({ status: 'accepted' });
  const reset = 'a third pass phrase';
  const token = await browser.mailedToken('reset-password', email);
  expect((await browser.call('password.confirmReset', { token, newPassword: reset })).data).toEqual({ status: 'reset' });
  expect((await browser.query('auth.session')).data).toBeNull();
  expect((await browser.call('auth.login', { identifier: email, password: changed })).error?.reason).toBe('invalid_credentials');
  expect((await browser.call('auth.login', { identifier: email, password: reset })).data).toMatchObject({ status: 'authenticated' });

  expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  expect((await browser.query('auth.session')).data).toBeNull();
  expect((await browser.call('auth.login', { identifier: email, password: reset })).error?.reason).toBe('invalid_credentials');
});
