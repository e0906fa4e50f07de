import type { Refusal, RegistrationCandidate } from '@latchkey/user-core';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { countHashes } from '../counted-hashes.ts';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const opened: TestRouter[] = [];

async function open(options: Parameters<typeof openTestRouter>[1]): Promise<TestRouter> {
  const router = await openTestRouter(inject('databaseUrl'), options);
  opened.push(router);
  return router;
}

afterEach(async () => {
  for (const router of opened.splice(0)) await router.close();
});

describe('where a username is the only way to log in', () => {
  test('nobody registers without one, who could never log in', async () => {
    const router = await open({ policy: { loginIdentifiers: ['username'] } });
    const { email, username, password } = newDetails();
    const { refusal } = await router.browser().call('registration.register', { email, password });
    expect(refusal).toMatchObject({ reason: 'invalid_input', fields: [{ path: 'username', code: 'required' }] });
    expect(await rows(router, 'select from latchkey.registration')).toEqual([]);
    const { browser, token } = await pendingPerson(router, { email, username, password });
    await browser.call('registration.verifyEmail', { token });
    expect((await browser.call('auth.login', { identifier: username, password })).data).toMatchObject({ status: 'authenticated' });
    expect(await browser.refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
  });

  test('the hook of an application may give it', async () => {
    const beforeRegister = async ({ email }: RegistrationCandidate) => ({ username: email.split('@')[0] ?? '' });
    const router = await open({ policy: { loginIdentifiers: ['username'] }, hooks: { beforeRegister } });
    const { email, password } = newDetails();
    expect((await router.browser().call('registration.register', { email, password })).data).toMatchObject({ email });
  });
});

test.each(['mandatory', 'optional', 'none'] as const)(
  'where sign-up is closed, nobody registers and nothing is looked at, verification being %s',
  async (emailVerification) => {
    const router = await open({ policy: { registration: 'closed', emailVerification } });
    const tally = countHashes(router);
    const refusals: (Refusal | null)[] = [];
    for (const input of [newDetails(), { ...newDetails(), password: 'short' }])
      refusals.push((await router.browser().call('registration.register', input)).refusal);
    expect(refusals.map((refusal) => refusal?.reason)).toEqual(['registration_closed', 'registration_closed']);
    expect(tally.take()).toEqual({ hashed: 0, verified: 0 });
    expect(await router.mails()).toEqual([]);
  },
);

test('where an address needs no proof, one that is taken is said to be taken', async () => {
  const router = await open({ policy: { emailVerification: 'none' } });
  const { email, password } = newDetails();
  expect((await router.browser().call('registration.register', { email, password })).data).toMatchObject({
    status: 'authenticated',
    user: { emailVerified: false },
  });
  expect(await router.browser().refusalOf('registration.register', { email: email.toUpperCase(), password })).toBe('email_taken');
});

describe('a username', () => {
  test('that somebody has, or has asked for, is taken in every case; one’s own may be asked for again', async () => {
    const router = await open({});
    const first = await pendingPerson(router);
    const again = { ...newDetails(), username: first.username.toUpperCase() };
    expect(await router.browser().refusalOf('registration.register', again)).toBe('username_taken');
    const { email, username, password } = first;
    expect(await router.browser().refusalOf('registration.register', { email, username, password })).toBeNull();
    await first.browser.call('registration.verifyEmail', { token: first.token });
    expect(await router.browser().refusalOf('registration.register', again)).toBe('username_taken');
    router.clock.advance(24 * 60 * 60);
    expect(await router.browser().refusalOf('registration.register', again)).toBe('username_taken');
  });

  test('of a registration that was never proven is free after a day', async () => {
    const router = await open({});
    const { username } = await pendingPerson(router);
    const next = { ...newDetails(), username };
    expect(await router.browser().refusalOf('registration.register', next)).toBe('username_taken');
    router.clock.advance(24 * 60 * 60);
    expect(await router.browser().refusalOf('registration.register', next)).toBeNull();
  });

  test('asked for twice at once belongs to whoever proves first; the other is told, and the link stays good', async () => {
    const router = await open({});
    const username = newDetails().username;
    const people = await Promise.all([0, 1, 2, 3].map(async () => ({ ...newDetails(), username, browser: router.browser() })));
    await Promise.all(people.map(({ browser, ...details }) => browser.call('registration.register', details)));
    const pending = (await router.mails()).filter((mail) => mail.kind === 'verify_email').map((mail) => mail.to);
    const registered = people.filter(({ email }) => pending.includes(email));
    const tokens = await Promise.all(registered.map(async ({ email }) => (await router.lastMail('verify_email', email)).token));
    const refusals = await Promise.all(
      registered.map(({ browser }, index) => browser.refusalOf('registration.verifyEmail', { token: tokens[index] })),
    );
    expect(refusals.filter((reason) => reason === null)).toHaveLength(1);
    const others = refusals.filter((reason) => reason !== null);
    expect(others).toEqual(others.map(() => 'username_taken'));
    const loser = refusals.findIndex((reason) => reason !== null);
    if (loser >= 0)
      expect(await registered[loser]?.browser.refusalOf('registration.verifyEmail', { token: tokens[loser] })).toBe('username_taken');
  });
});
