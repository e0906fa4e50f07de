import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

beforeEach(async () => {
  person = await signedInPerson(router);
  await router.browser().call('auth.login', { identifier: person.email, password: person.password });
  await router.core.db.execute('alter table latchkey.audit add constraint broken check (false) not valid');
});
afterEach(() => router.core.db.execute('alter table latchkey.audit drop constraint if exists broken'));

const repair = () => router.core.db.execute('alter table latchkey.audit drop constraint broken');

async function rows(table: string): Promise<unknown[]> {
  return router.core.db.execute(`select * from latchkey."${table}" order by 1`);
}

/** Everything that an account consists of. */
async function state(): Promise<unknown> {
  return Promise.all(['user', 'session', 'registration', 'one_time_token', 'mail', 'event', 'audit'].map(rows));
}

test.each<[string, () => unknown]>([
  ['registration.register', () => newDetails()],
  ['auth.login', () => ({ identifier: person.email, password: person.password })],
  ['auth.reauthenticate', () => ({ password: person.password })],
  ['password.change', () => ({ currentPassword: person.password, newPassword: 'another fine pass phrase' })],
  ['registration.requestEmailChange', () => ({ email: newDetails().email })],
  ['auth.sessions.revokeOthers', () => undefined],
  ['auth.logout', () => undefined],
  ['auth.deleteUser', () => undefined],
])('%s does not happen when it cannot be recorded, and works once it can (R-OPS-05)', async (path, input) => {
  const before = await state();
  const given = input();
  await expect(person.browser.call(path, given)).rejects.toThrow();
  expect(await state()).toEqual(before);
  await repair();
  expect((await person.browser.call(path, given)).refusal).toBeNull();
});

test('a reset that was asked for is mailed once it can be recorded (R-OPS-05)', async () => {
  expect((await person.browser.call('password.requestReset', { email: person.email })).refusal).toBeNull();
  await expect(router.lastMail('reset_password', person.email)).rejects.toThrow();
  await repair();
  router.clock.advance(61);
  expect(await router.lastMail('reset_password', person.email)).toMatchObject({ token: expect.any(String) });
});

test.each<[string, () => unknown, string]>([
  ['auth.login', () => ({ identifier: person.email, password: 'wrong' }), 'invalid_credentials'],
  ['auth.reauthenticate', () => ({ password: 'wrong' }), 'invalid_credentials'],
  ['password.change', () => ({ currentPassword: 'wrong', newPassword: 'another fine pass phrase' }), 'invalid_credentials'],
  ['auth.serviceToken', () => ({ serviceKey: 'wrong' }), 'invalid_credentials'],
])('%s is refused as ever when the refusal cannot be recorded (R-OPS-05)', async (path, input, reason) => {
  expect(await person.browser.refusalOf(path, input())).toBe(reason);
});

test('a demand for a fresh proof stands too, and so does a limit (R-OPS-05)', async () => {
  router.clock.advance(11 * 60);
  expect(await person.browser.refusalOf('auth.deleteUser')).toBe('reauthentication_required');
  const limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
  await limited.core.db.execute('alter table latchkey.audit add constraint broken check (event <> $$excess_rate_limit_exceeded$$)');
  const ask = () => limited.browser().refusalOf('password.requestReset', { email: 'nobody@example.com' });
  expect([await ask(), await ask()]).toEqual([null, 'too_many_attempts']);
  await limited.close();
});
