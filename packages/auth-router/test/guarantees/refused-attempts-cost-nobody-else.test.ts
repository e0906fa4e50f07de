import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(() => router.close());
beforeEach(() => rows(router, 'truncate latchkey."limit"'));

let ips = 0;
function stranger() {
  ips += 1;
  return router.browser({ ip: `198.51.100.${ips}` });
}

test('registrations that are refused use up neither the address nor, for bad input, the client (R-SES-13)', async () => {
  const { email, password } = newDetails();
  const taken = await signedInPerson(router, stranger());
  const browser = stranger();
  for (let made = 0; made < 15; made += 1)
    expect(await browser.refusalOf('registration.register', { email, password: 'password' })).toBe('weak_password');
  for (let made = 0; made < 5; made += 1)
    expect(await stranger().refusalOf('registration.register', { email, password, username: taken.username })).toBe('username_taken');
  for (let made = 0; made < 3; made += 1) expect(await browser.refusalOf('registration.register', { email, password })).toBeNull();
  expect(await browser.refusalOf('registration.register', { email, password })).toBe('too_many_attempts');
});

test('names cannot be tried without end: each is counted for who tries (R-SES-13)', async () => {
  const taken = await signedInPerson(router, stranger());
  const browser = stranger();
  const tryName = () => browser.refusalOf('registration.register', { ...newDetails(), username: taken.username });
  for (let made = 0; made < 10; made += 1) expect(await tryName()).toBe('username_taken');
  expect(await tryName()).toBe('too_many_attempts');
});

test('passwords that are refused leave the link of a reset good, however many (R-PWD-12)', async () => {
  const person = await signedInPerson(router, stranger());
  const token = await resetTokenOf(router, person.email);
  for (let made = 0; made < 12; made += 1)
    expect(await stranger().refusalOf('password.confirmReset', { token, newPassword: 'password' })).toBe('weak_password');
  expect(await stranger().refusalOf('password.confirmReset', { token, newPassword: 'another pass phrase' })).toBeNull();
});

test('mail that a stranger has sent to an address does not use up its resets (R-SES-15)', async () => {
  const person = await signedInPerson(router, stranger());
  for (let made = 0; made < 60; made += 1) {
    await rows(router, `update latchkey."limit" set expire = expire - interval '1 hour' where key like 'register.%'`);
    await stranger().call('registration.register', { email: person.email, password: 'a pass phrase of a stranger' });
  }
  await resetTokenOf(router, person.email);
});

test('a known browser asks for a reset though strangers have asked for all that an address gets (R-SES-15)', async () => {
  const person = await signedInPerson(router, stranger());
  for (let made = 0; made < 10; made += 1) {
    await rows(
      router,
      `update latchkey."limit" set expire = expire - interval '1 hour' where key like 'requestReset.account.%' and key not like '%.86400.%'`,
    );
    await stranger().call('password.requestReset', { email: person.email });
  }
  expect(await stranger().refusalOf('password.requestReset', { email: person.email })).toBe('too_many_attempts');
  expect(await person.browser.refusalOf('password.requestReset', { email: person.email })).toBeNull();
  const other = await signedInPerson(router, stranger());
  expect(await other.browser.refusalOf('password.requestReset', { email: person.email })).toBe('too_many_attempts');
});

test('who is locked out by guesses comes in after a reset, from that browser, while the guesses go on (R-SES-15)', async () => {
  const person = await signedInPerson(router, stranger());
  const guess = () => stranger().refusalOf('auth.login', { identifier: person.email, password: 'a wrong pass phrase' });
  const lock = async () => {
    for (let made = 0; made < 6; made += 1) await guess();
    await rows(router, `update latchkey."limit" set points = 100 where key like 'login.row%'`);
    expect(await guess()).toBe('too_many_attempts');
  };
  await lock();
  const browser = stranger();
  const newPassword = 'another pass phrase';
  await browser.call('password.confirmReset', { token: await resetTokenOf(router, person.email), newPassword });
  await lock();
  expect(await browser.refusalOf('auth.login', { identifier: person.email, password: newPassword })).toBeNull();
  expect(await stranger().refusalOf('auth.login', { identifier: person.email, password: newPassword })).toBe('too_many_attempts');
});
