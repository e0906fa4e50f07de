import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { happened, mailed, passLimits } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const ask = (person: TestPerson, email: string) => person.browser.call('registration.requestEmailChange', { email });
const confirm = (person: TestPerson, token: string) => person.browser.refusalOf('registration.confirmEmailChange', { token });
const tokenFor = async (email: string) => (await router.lastMail('confirm_email_change', email)).token;
const emailOf = async (person: TestPerson) => (await person.browser.call<{ email: string }>('auth.user')).data?.email;

test('an address changes when the new mailbox and the asker’s session say so, and both mailboxes are told', async () => {
  const person = await signedInPerson(router);
  const to = `New.${newDetails().email}`;
  expect((await ask(person, to)).data).toEqual({ status: 'accepted' });
  expect(await emailOf(person)).toBe(person.email);
  expect(await mailed(router, person.email)).toContain('email_change_requested');
  expect((await person.browser.call('registration.confirmEmailChange', { token: await tokenFor(to) })).data).toEqual({
    status: 'email_changed',
  });
  expect((await person.browser.call('auth.user')).data).toMatchObject({ email: to, emailVerified: true });
  expect(await mailed(router, person.email)).toContain('email_changed');
  expect(await mailed(router, to)).toContain('email_changed');
  expect(await happened(router, person.userId)).toContainEqual({
    type: 'user.email_changed',
    data: { email: to, previousEmail: person.email },
  });

  const login = (identifier: string) => router.browser().call('auth.login', { identifier, password: person.password });
  expect((await login(to)).data).toMatchObject({ status: 'authenticated' });
  expect((await login(person.email)).refusal?.reason).toBe('invalid_credentials');
});

test('the link is of use to the asker alone: not to whoever reads the mail, and once', async () => {
  const person = await signedInPerson(router);
  const other = await signedInPerson(router);
  const to = newDetails().email;
  await ask(person, to);
  const token = await tokenFor(to);
  expect(await router.browser().refusalOf('registration.confirmEmailChange', { token })).toBe('not_authenticated');
  expect(await confirm(other, token)).toBe('invalid_token');
  expect([await confirm(person, token), await confirm(person, token)]).toEqual([null, 'invalid_token']);
});

test('it takes a fresh session to ask, and any session of the asker to confirm within the hour', async () => {
  const person = await signedInPerson(router);
  const to = newDetails().email;
  router.clock.advance(10 * 60);
  expect((await ask(person, to)).refusal?.reason).toBe('reauthentication_required');
  await person.browser.call('auth.reauthenticate', { password: person.password });
  expect((await ask(person, to)).data).toEqual({ status: 'accepted' });
  router.clock.advance(60 * 60 - 1);
  expect(await confirm(person, await tokenFor(to))).toBeNull();

  const late = newDetails().email;
  await person.browser.call('auth.reauthenticate', { password: person.password });
  await ask(person, late);
  router.clock.advance(60 * 60);
  expect(await confirm(person, await tokenFor(late))).toBe('invalid_token');
});

test('an address that is taken gets the same answer; its owner is told, and the asker’s earlier link ends in either case', async () => {
  const person = await signedInPerson(router);
  const owner = await signedInPerson(router);
  for (const asked of [owner.email, newDetails().email]) {
    const own = newDetails().email;
    await ask(person, own);
    const earlier = await tokenFor(own);
    expect((await ask(person, asked)).data).toEqual({ status: 'accepted' });
    expect(await confirm(person, earlier)).toBe('invalid_token');
  }
  expect(await mailed(router, owner.email)).toContain('email_change_refused');
  expect(await mailed(router, owner.email)).not.toContain('confirm_email_change');
  expect(await emailOf(person)).toBe(person.email);
});

test('an address that was taken meanwhile stays with who was faster', async () => {
  const person = await signedInPerson(router);
  const { email, password } = newDetails();
  await ask(person, email);
  const token = await tokenFor(email);
  const faster = router.browser();
  await faster.call('registration.register', { email, password });
  await faster.call('registration.verifyEmail', { token: (await router.lastMail('verify_email', email)).token });
  expect(await confirm(person, token)).toBe('invalid_token');
  expect((await faster.call('auth.user')).data).toMatchObject({ email });
  expect(await emailOf(person)).toBe(person.email);
});

test('of two people who prove one address at once, one has it', async () => {
  const people = await Promise.all([signedInPerson(router), signedInPerson(router)]);
  const { email } = newDetails();
  const tokens: string[] = [];
  for (const person of people) {
    router.clock.advance(1);
    await ask(person, email);
    tokens.push(await tokenFor(email));
  }
  const refusals = await Promise.all(people.map((person, index) => confirm(person, tokens[index] ?? '')));
  expect(refusals.filter((reason) => reason === null)).toHaveLength(1);
  expect(refusals.filter((reason) => reason === 'invalid_token')).toHaveLength(1);
});

test('a changed password ends a pending change; a pending registration of the new address is no obstacle', async () => {
  const person = await signedInPerson(router);
  const to = newDetails().email;
  await router.browser().call('registration.register', { ...newDetails(), email: to });
  await ask(person, to);
  const ended = await tokenFor(to);
  await person.browser.call('password.change', { currentPassword: person.password, newPassword: 'another pass phrase' });
  expect(await confirm(person, ended)).toBe('invalid_token');
  router.clock.advance(1);
  await ask(person, to);
  expect(await confirm(person, await tokenFor(to))).toBeNull();
});

test('only the case may change', async () => {
  const person = await signedInPerson(router);
  const to = person.email.toUpperCase();
  await ask(person, to);
  expect(await confirm(person, await tokenFor(to))).toBeNull();
  expect(await emailOf(person)).toBe(to);
});

test('a user asks three times an hour', async () => {
  const limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
  try {
    const person = await signedInPerson(limited);
    for (let count = 0; count < 3; count += 1) expect((await ask(person, newDetails().email)).refusal).toBeNull();
    expect((await ask(person, newDetails().email)).refusal?.reason).toBe('too_many_attempts');
    await passLimits(limited, 60 * 60 + 1);
    expect((await ask(person, newDetails().email)).refusal).toBeNull();
  } finally {
    await limited.close();
  }
});
