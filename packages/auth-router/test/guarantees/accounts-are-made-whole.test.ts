import { Refusal, type Transaction, type User } from '@latchkey/user-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let atOnce: TestRouter;
let refusesToFollow = false;

beforeAll(async () => {
  const hooks = {
    // What an application does with a new person may fail, after everything of ours is written.
    async afterRegister(_tx: Transaction, _user: User) {
      if (refusesToFollow) throw new Refusal('registration_closed');
    },
  };
  router = await openTestRouter(inject('databaseUrl'), { hooks });
  atOnce = await openTestRouter(inject('databaseUrl'), { hooks, policy: { emailVerification: 'optional' } });
});
afterEach(() => {
  refusesToFollow = false;
});
afterAll(async () => {
  await router.close();
  await atOnce.close();
});

const tables = ['user', 'registration', 'one_time_token', 'session', 'device', 'mail', 'event', 'audit'];
const counts = async (of: TestRouter) =>
  rows(of, `select ${tables.map((table) => `(select count(*)::int from latchkey."${table}") as "${table}"`).join(', ')}`);

test('a registration is written with its token and its mail, or not at all (R-REG-14)', async () => {
  const before = await counts(router);
  const { jobs } = router.core.host;
  router.core.host.jobs = { ...jobs, enqueueMail: () => Promise.reject(new Refusal('overloaded')) };
  try {
    expect(await router.browser().refusalOf('registration.register', newDetails())).toBe('overloaded');
  } finally {
    router.core.host.jobs = jobs;
  }
  expect(await counts(router)).toEqual(before);
});

test('an account is made with its session, events and records, or not at all, and the link stays good (R-REG-14)', async () => {
  const { browser, token } = await pendingPerson(router);
  const before = await counts(router);
  refusesToFollow = true;
  expect(await browser.refusalOf('registration.verifyEmail', { token })).toBe('registration_closed');
  expect(await counts(router)).toEqual(before);
  refusesToFollow = false;
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
});

test('the same by a reset that proves a pending registration (R-REG-14)', async () => {
  const { browser, email } = await pendingPerson(router);
  await browser.call('password.requestReset', { email });
  const { token } = await router.lastMail('reset_password', email);
  const before = await counts(router);
  refusesToFollow = true;
  expect(await browser.refusalOf('password.confirmReset', { token, newPassword: 'another pass phrase' })).toBe('registration_closed');
  expect(await counts(router)).toEqual(before);
  refusesToFollow = false;
  expect((await browser.call('password.confirmReset', { token, newPassword: 'another pass phrase' })).data).toEqual({ status: 'reset' });
});

test('the same where an account needs no proof (R-REG-14)', async () => {
  const before = await counts(atOnce);
  const details = newDetails();
  refusesToFollow = true;
  expect(await atOnce.browser().refusalOf('registration.register', details)).toBe('registration_closed');
  expect(await counts(atOnce)).toEqual(before);
  refusesToFollow = false;
  expect((await atOnce.browser().call('registration.register', details)).data).toMatchObject({ status: 'authenticated' });
});
