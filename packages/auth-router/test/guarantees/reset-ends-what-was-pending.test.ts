import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mailed, rows } from '../look-inside.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let optional: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  optional = await openTestRouter(inject('databaseUrl'), { policy: { emailVerification: 'optional' } });
});
afterAll(async () => {
  await router.close();
  await optional.close();
});

const newPassword = 'another pass phrase';

test('a reset ends a pending change of address: its link is dead, also for the owner (R-PWD-14)', async () => {
  const { browser, email } = await signedInPerson(router);
  const moved = newDetails().email;
  await browser.call('registration.requestEmailChange', { email: moved });
  const { token } = await router.lastMail('confirm_email_change', moved);
  await browser.call('password.confirmReset', { token: await resetTokenOf(router, email), newPassword });
  await browser.call('auth.login', { identifier: email, password: newPassword });
  expect(await browser.refusalOf('registration.confirmEmailChange', { token })).toBe('invalid_token');
  expect((await browser.call('auth.user')).data).toMatchObject({ email });
});

test('a reset ends other reset tokens and verification tokens (R-PWD-14)', async () => {
  const { email, password } = newDetails();
  const browser = optional.browser();
  await browser.call('registration.register', { email, password });
  const verification = (await optional.lastMail('verify_email', email)).token;
  const first = await resetTokenOf(optional, email);
  const second = await resetTokenOf(optional, email);
  await browser.call('password.confirmReset', { token: second, newPassword });
  expect(await browser.refusalOf('password.confirmReset', { token: first, newPassword })).toBe('invalid_token');
  expect(await browser.refusalOf('registration.verifyEmail', { token: verification, password: newPassword })).toBe('invalid_token');
  const owned = `select t.id from latchkey.one_time_token t join latchkey."user" u on u.id = t.user_id where u.email = '${email}'`;
  expect(await rows(optional, owned)).toEqual([]);
});

test('a reset ends the trust in devices: the next login is from a new one, and told (R-PWD-14)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  await browser.call('auth.login', { identifier: email, password });
  expect(await mailed(router, email)).not.toContain('new_device');
  const device = browser.cookies.get('device');
  await router.browser().call('password.confirmReset', { token: await resetTokenOf(router, email), newPassword });
  await browser.call('auth.login', { identifier: email, password: newPassword });
  expect((await mailed(router, email)).filter((kind) => kind === 'new_device')).toHaveLength(1);
  expect(browser.cookies.get('device')).not.toBe(device);
});

test('a token proves the address it was mailed to: once somebody else moved the account, it is dead (R-PWD-14)', async () => {
  const { email, password } = newDetails();
  const browser = optional.browser();
  await browser.call('registration.register', { email, password });
  const verification = (await optional.lastMail('verify_email', email)).token;
  const token = await resetTokenOf(optional, email);
  const moved = newDetails().email;
  await rows(optional, `update latchkey."user" set email = '${moved}', email_canonical = '${moved}' where email = '${email}'`);
  expect(await browser.refusalOf('password.confirmReset', { token, newPassword })).toBe('invalid_token');
  expect(await browser.refusalOf('registration.verifyEmail', { token: verification })).toBe('invalid_token');
});
