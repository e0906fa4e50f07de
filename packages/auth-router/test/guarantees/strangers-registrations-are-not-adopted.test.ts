import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { pendingPerson } from '../pending-person.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { fields: z.object({ plan: z.string().max(20) }).partial() });
});
afterAll(() => router.close());

const newPassword = 'another pass phrase';

/** Registers an address that somebody has registered before, with a name of the stranger's choice. */
async function registerAgain(email: string) {
  router.clock.advance(1);
  const stranger = { ...newDetails(), email, firstName: 'Mallory', lastName: 'Stranger', fields: { plan: 'hostile' } };
  await router.browser().call('registration.register', stranger);
  return stranger;
}

test('a reset in another browser makes an account of nothing but the address (R-REG-08)', async () => {
  const { email } = newDetails();
  const stranger = await registerAgain(email);
  const token = await resetTokenOf(router, email);
  const owner = router.browser();
  expect((await owner.call('password.confirmReset', { token, newPassword })).data).toEqual({ status: 'reset' });
  await owner.call('auth.login', { identifier: email, password: newPassword });
  expect((await owner.call('auth.user')).data).toMatchObject({ email, username: null, firstName: '', lastName: '', fields: {} });
  expect(await router.browser().refusalOf('auth.login', { identifier: stranger.username, password: newPassword })).toBe(
    'invalid_credentials',
  );
});

test('a browser that registered is reset as it registered, whoever registered the same address after it (R-REG-08)', async () => {
  const person = await pendingPerson(router);
  await registerAgain(person.email);
  router.clock.advance(1);
  await person.browser.call('password.requestReset', { email: person.email });
  const { token } = await router.lastMail('reset_password', person.email);
  await person.browser.call('password.confirmReset', { token, newPassword });
  await person.browser.call('auth.login', { identifier: person.username, password: newPassword });
  expect((await person.browser.call('auth.user')).data).toMatchObject({ username: person.username });
});

test('a login before the proof asks for the password that this browser registered with (R-REG-08)', async () => {
  const person = await pendingPerson(router);
  const stranger = await registerAgain(person.email);
  const answer = { status: 'email_verification_required' };
  const of = ({ password }: { password: string }) => ({ identifier: person.email, password });
  expect((await person.browser.call('auth.login', of(person))).data).toMatchObject(answer);
  expect(await person.browser.refusalOf('auth.login', of(stranger))).toBe('invalid_credentials');
  expect((await router.browser().call('auth.login', of(stranger))).data).toMatchObject(answer);
});
