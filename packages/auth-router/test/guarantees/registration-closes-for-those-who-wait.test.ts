import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { mailed } from '../look-inside.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
beforeEach(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterEach(() => router.close());

function close(registration: 'open' | 'closed' = 'closed'): void {
  router.core.policy = { ...router.core.policy, registration };
}

async function waiting() {
  const details = newDetails();
  const browser = router.browser();
  await browser.call('registration.register', details);
  return { ...details, browser, token: (await router.lastMail('verify_email', details.email)).token };
}

test('what waited for its mail when sign-up was closed becomes no account, by no way, and does when it opens again', async () => {
  const { browser, email, password, token } = await waiting();
  const reset = await resetTokenOf(router, email);
  close();
  for (const given of [{ token }, { token, password }])
    expect(await browser.refusalOf('registration.verifyEmail', given)).toBe('registration_closed');
  expect(await browser.refusalOf('password.confirmReset', { token: reset, newPassword: password })).toBe('registration_closed');
  expect(await browser.refusalOf('registration.register', newDetails())).toBe('registration_closed');
  expect(await router.core.db.execute('select id from latchkey."user"')).toEqual([]);
  close('open');
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
});

test('nothing more is mailed to who waits, and the answer is the same (R-REG-12)', async () => {
  const { browser, email } = await waiting();
  close();
  const before = await mailed(router, email);
  expect((await browser.call('registration.resendVerification', { email })).data).toEqual({ status: 'accepted' });
  expect((await browser.call('password.requestReset', { email })).data).toEqual({ status: 'accepted' });
  expect(await mailed(router, email)).toEqual(before);
});

test('who has an account is not concerned', async () => {
  const { browser, email, password } = await signedInPerson(router);
  close();
  const newPassword = 'another pass phrase';
  expect(await browser.refusalOf('password.confirmReset', { token: await resetTokenOf(router, email), newPassword })).toBeNull();
  expect(await router.browser().refusalOf('auth.login', { identifier: email, password: newPassword })).toBeNull();
  expect(await router.browser().refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
});
