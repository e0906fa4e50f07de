import { defaultPolicy } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { audited, mailed, passLimits, rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  const limits = {
    ...defaultPolicy.limits,
    login: { ip: [], account: [] },
    register: { ip: [], account: [] },
    verifyEmail: { ip: [], account: [] },
  };
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true, limits: limits as never } });
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
});

const logIn = (browser: TestBrowser, password = person.password) => browser.call('auth.login', { identifier: person.email, password });
const notices = async () => (await mailed(router, person.email)).filter((kind) => kind !== 'verify_email');

test('the first login of an account is no news, and neither is a browser that was here before (R-SES-17)', async () => {
  await logIn(person.browser);
  await person.browser.call('auth.logout');
  await logIn(person.browser);
  expect(await notices()).toEqual([]);
});

test('a browser and a client that were never here are told to the owner, once, with when and where from (R-SES-17)', async () => {
  const browser = router.browser({ ip: '198.51.100.7', userAgent: 'Another browser' });
  await logIn(browser);
  await logIn(browser);
  expect(await notices()).toEqual(['new_device']);
  expect(await router.lastMail('new_device', person.email)).toEqual({
    occurredAt: router.clock.now(),
    ip: '198.51.100.7',
    userAgent: 'Another browser',
  });
  const phone = router.browser({ credentials: 'token', userAgent: 'A phone' });
  await logIn(phone);
  await logIn(phone);
  expect(await notices()).toEqual(['new_device', 'new_device']);
});

test('the device cookie of somebody else makes no browser known (R-SES-17)', async () => {
  const stranger = await signedInPerson(router);
  const browser = router.browser();
  browser.cookies.set('device', stranger.browser.cookies.get('device') ?? '');
  await logIn(browser);
  expect(await notices()).toEqual(['new_device']);
});

test('a client that calls itself like the owner’s browser, or like their phone from elsewhere, is told of (R-SES-17)', async () => {
  const name = { credentials: 'token', userAgent: 'Borrowed' } as const;
  await logIn(router.browser({ userAgent: 'Borrowed' }));
  expect(await notices()).toEqual(['new_device']);
  await logIn(router.browser({ ...name, ip: '2001:db8::1' }));
  expect(await notices()).toEqual(['new_device', 'new_device']);
  await logIn(router.browser({ ...name, ip: '2001:db8::2' }));
  expect(await notices()).toEqual(['new_device', 'new_device']);
  await logIn(router.browser({ ...name, ip: '2001:db8:1::1' }));
  expect(await notices()).toEqual(['new_device', 'new_device', 'new_device']);
});

test('notices of one kind end after ten a day, and after two to an address that nobody has proven (R-SES-17)', async () => {
  const logins = async (count: number) => {
    for (let made = 0; made < count; made += 1) await logIn(router.browser());
    return (await notices()).length;
  };
  expect(await logins(12)).toBe(10);
  await person.browser.call('password.change', { currentPassword: person.password, newPassword: 'another pass phrase' });
  expect(await notices()).toContain('password_changed');
  person = { ...person, password: 'another pass phrase' };
  router.clock.advance(24 * 60 * 60 + 1);
  expect(await logins(1)).toBe(12);
  await rows(router, `update latchkey."user" set email_verified_at = null where id = '${person.userId}'`);
  router.core.policy = { ...router.core.policy, emailVerification: 'optional' };
  router.clock.advance(24 * 60 * 60 + 1);
  expect(await logins(5)).toBe(14);
  router.core.policy = { ...router.core.policy, emailVerification: 'mandatory' };
});

test('notices and registrations use up no mail that an owner asks for: each purpose has its own share (R-SES-17)', async () => {
  for (let count = 0; count < 25; count += 1) {
    await router.browser().call('registration.register', { ...newDetails(), email: person.email });
    await logIn(router.browser());
  }
  // The first of the twenty was the mail of their own registration.
  expect((await notices()).filter((kind) => kind === 'already_registered')).toHaveLength(19);
  await router.browser().call('password.requestReset', { email: person.email });
  expect(await notices()).toContain('reset_password');
});

test('whoever registers an address again and again does not keep its owner from another link (R-REG-12)', async () => {
  const { email } = newDetails();
  const sent = () => mailed(router, email);
  for (let count = 0; count < 25; count += 1) await router.browser().call('registration.register', { ...newDetails(), email });
  expect(await sent()).toHaveLength(20);
  await router.browser().call('registration.resendVerification', { email });
  expect(await sent()).toHaveLength(21);
});

test('a login that fails is told to nobody, and one after three failures is, with their number (R-SES-17)', async () => {
  for (let failures = 0; failures < 2; failures += 1) await logIn(person.browser, 'a wrong pass phrase');
  await logIn(person.browser);
  expect(await notices()).toEqual([]);
  for (let failures = 0; failures < 3; failures += 1) await logIn(person.browser, 'a wrong pass phrase');
  await logIn(person.browser);
  expect(await notices()).toEqual(['login_after_failures']);
  expect(await router.lastMail('login_after_failures', person.email)).toMatchObject({ failures: 3 });
  expect((await audited(router, person.userId)).slice(-3)).toEqual([
    'authn_login_fail: invalid_credentials',
    'session_revoke: reauthenticated',
    'authn_login_successafterfail',
  ]);
});

test('a stranger who got in after many failures is told of (R-SES-17)', async () => {
  const stranger = router.browser();
  for (let failures = 0; failures < 8; failures += 1) {
    await logIn(stranger, 'a wrong pass phrase');
    await passLimits(router, 60);
  }
  await logIn(stranger);
  expect((await notices()).sort()).toEqual(['login_after_failures', 'new_device']);
});

test('a changed and a reset password are told to the owner (R-SES-17)', async () => {
  const newPassword = 'another pass phrase';
  await person.browser.call('password.change', { currentPassword: person.password, newPassword });
  expect(await notices()).toEqual(['password_changed']);
  router.clock.advance(1);
  await person.browser.call('password.requestReset', { email: person.email });
  const { token } = await router.lastMail('reset_password', person.email);
  router.clock.advance(1);
  await person.browser.call('password.confirmReset', { token, newPassword: 'a third pass phrase' });
  expect(await notices()).toEqual(['password_changed', 'reset_password', 'password_changed']);
});
