import { Refusal } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pendingPerson } from '../pending-person.ts';
import { resetTokenOf } from '../reset-token.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const newPassword = 'another pass phrase';
const refused = ['short', 'password', 'x'.repeat(129), 'nothing after\0 this', 'half \ud83d a character', 'aaaaaaaaaa', 'latchkey'];

test('a new password that is refused leaves the token good, and says why (R-PWD-12)', async () => {
  const { browser, email } = await signedInPerson(router);
  const token = await resetTokenOf(router, email);
  for (const password of refused) {
    const { refusal } = await browser.call('password.confirmReset', { token, newPassword: password });
    expect(refusal).toMatchObject({ reason: 'weak_password', fields: [{ path: 'newPassword', message: expect.stringMatching(/\w{3}/) }] });
  }
  expect((await browser.call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
});

test('the words of the account are refused too, of a pending registration as well (R-PWD-05, R-PWD-12)', async () => {
  const person = await signedInPerson(router);
  const pending = await pendingPerson(router);
  for (const { email, username } of [person, pending]) {
    const token = await resetTokenOf(router, email);
    for (const password of [email, `${username}!`]) {
      const { refusal } = await router.browser().call('password.confirmReset', { token, newPassword: password });
      expect(refusal).toMatchObject({ reason: 'weak_password', fields: [{ code: 'personal' }] });
    }
    expect((await router.browser().call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
  }
});

test('using the token and writing the hash are one: when the one fails, so does the other (R-PWD-12)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  const token = await resetTokenOf(router, email);
  const { jobs } = router.core.host;
  router.core.host.jobs = { ...jobs, enqueueMail: () => Promise.reject(new Refusal('overloaded')) };
  try {
    expect(await browser.refusalOf('password.confirmReset', { token, newPassword })).toBe('overloaded');
  } finally {
    router.core.host.jobs = jobs;
  }
  expect((await browser.call('auth.user')).data).toMatchObject({ email });
  expect((await router.browser().call('auth.login', { identifier: email, password })).data).toMatchObject({ status: 'authenticated' });
  expect((await browser.call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
});
