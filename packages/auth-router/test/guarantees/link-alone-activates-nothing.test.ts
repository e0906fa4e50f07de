import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { pendingPerson } from '../pending-person.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let mandatory: TestRouter;
let optional: TestRouter;
let none: TestRouter;

beforeAll(async () => {
  const open = (emailVerification: 'mandatory' | 'optional' | 'none') =>
    openTestRouter(inject('databaseUrl'), { policy: { emailVerification } });
  [mandatory, optional, none] = await Promise.all([open('mandatory'), open('optional'), open('none')]);
});
afterAll(() => Promise.all([mandatory, optional, none].map((router) => router.close())));

type Verified = { status: string; session?: { methods: string[] } };

describe('where verification is mandatory', () => {
  test('the browser that registered needs the link alone (R-REG-08)', async () => {
    const { browser, token, email } = await pendingPerson(mandatory);
    const { data } = await browser.call<Verified>('registration.verifyEmail', { token });
    expect(data).toMatchObject({ status: 'authenticated', user: { email, emailVerified: true }, session: { methods: ['email'] } });
  });

  test('a password that was not looked at does not count as proven (R-REG-08)', async () => {
    const { browser, token } = await pendingPerson(mandatory);
    const { data } = await browser.call<Verified>('registration.verifyEmail', { token, password: 'not the pass phrase' });
    expect(data?.session?.methods).toEqual(['email']);
  });

  test('any other needs the password too; asking for it and a wrong one consume nothing (R-REG-08)', async () => {
    const { token, password } = await pendingPerson(mandatory);
    const elsewhere = mandatory.browser();
    for (const _twice of [1, 2]) {
      expect((await elsewhere.call('registration.verifyEmail', { token })).data).toEqual({ status: 'password_required' });
      expect(await elsewhere.refusalOf('registration.verifyEmail', { token, password: 'a wrong pass phrase' })).toBe('invalid_credentials');
    }
    expect(elsewhere.cookies.size).toBe(0);
    const { data } = await elsewhere.call<Verified>('registration.verifyEmail', { token, password });
    expect(data).toMatchObject({ status: 'authenticated', session: { methods: ['pwd', 'email'] } });
  });

  test('a person who opens the link of a stranger who used their address activates nothing (R-REG-08)', async () => {
    const victim = newDetails();
    const stranger = await pendingPerson(mandatory, { ...newDetails(), email: victim.email });
    const browser = mandatory.browser();
    expect((await browser.call('registration.verifyEmail', { token: stranger.token })).data).toEqual({ status: 'password_required' });
    expect(await browser.refusalOf('registration.verifyEmail', { token: stranger.token, password: victim.password })).toBe(
      'invalid_credentials',
    );
    expect(await stranger.browser.refusalOf('auth.user')).toBe('not_authenticated');
    const { data } = await stranger.browser.call('auth.login', { identifier: victim.email, password: stranger.password });
    expect(data).toMatchObject({ status: 'email_verification_required' });
  });

  test('having registered the same address oneself does not open another registration of it (R-REG-08)', async () => {
    const victim = await pendingPerson(mandatory);
    const stranger = await pendingPerson(mandatory, { ...newDetails(), email: victim.email });
    expect((await victim.browser.call('registration.verifyEmail', { token: stranger.token })).data).toEqual({
      status: 'password_required',
    });
    expect((await victim.browser.call('registration.verifyEmail', { token: victim.token })).data).toMatchObject({
      status: 'authenticated',
      user: { username: victim.username },
    });
  });

  test('another mail is for the registration of the browser that asks, though a stranger came later (R-REG-08)', async () => {
    const victim = await pendingPerson(mandatory);
    await pendingPerson(mandatory, { ...newDetails(), email: victim.email });
    mandatory.clock.advance(1);
    await victim.browser.call('registration.resendVerification', { email: victim.email });
    const { token } = await mandatory.lastMail('verify_email', victim.email);
    expect((await victim.browser.call('registration.verifyEmail', { token })).data).toMatchObject({
      status: 'authenticated',
      user: { username: victim.username },
    });
  });
});

describe.each(['optional', 'none'] as const)('where verification is %s', (mode) => {
  const routerOf = () => (mode === 'optional' ? optional : none);

  /** A stranger who has an account with the address of somebody else, and the link that went to its owner. */
  async function hijacked() {
    const router = routerOf();
    const stranger = { ...newDetails(), browser: router.browser() };
    const { email, username, password } = stranger;
    expect((await stranger.browser.call('registration.register', { email, username, password })).data).toMatchObject({
      status: 'authenticated',
    });
    router.clock.advance(1);
    await router.browser().call('registration.resendVerification', { email });
    return { router, stranger, token: (await router.lastMail('verify_email', email)).token };
  }

  test('the link proves nothing without the password or the session of the account (R-REG-08)', async () => {
    const { router, stranger, token } = await hijacked();
    const other = newDetails();
    const signedInAsOther = router.browser();
    await signedInAsOther.call('registration.register', other);
    for (const browser of [router.browser(), signedInAsOther]) {
      expect((await browser.call('registration.verifyEmail', { token })).data).toEqual({ status: 'password_required' });
      expect(await browser.refusalOf('registration.verifyEmail', { token, password: other.password })).toBe('invalid_credentials');
    }
    expect((await stranger.browser.call('auth.user')).data).toMatchObject({ emailVerified: false });
  });

  test('the signed-in owner is told that it is proven, with nothing more to show (R-REG-08)', async () => {
    const { stranger: owner, token } = await hijacked();
    expect((await owner.browser.call('registration.verifyEmail', { token })).data).toEqual({ status: 'verified' });
    expect((await owner.browser.call('auth.user')).data).toMatchObject({ emailVerified: true });
  });

  test('the password opens it anywhere (R-REG-08)', async () => {
    const { router, stranger: owner, token } = await hijacked();
    const { data } = await router.browser().call('registration.verifyEmail', { token, password: owner.password });
    expect(data).toMatchObject({ status: 'authenticated', user: { emailVerified: true }, session: { methods: ['pwd', 'email'] } });
  });
});

test('where verification is off, registering mails no link (R-REG-08)', async () => {
  const { email, password } = newDetails();
  await none.browser().call('registration.register', { email, password });
  expect((await none.mails()).filter((mail) => mail.to === email)).toEqual([]);
});
