import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { mailed, rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

let mandatory: TestRouter;
let optional: TestRouter;
let none: TestRouter;

beforeAll(async () => {
  const open = (emailVerification: 'mandatory' | 'optional' | 'none') =>
    openTestRouter(inject('databaseUrl'), { policy: { emailVerification } });
  [mandatory, optional, none] = await Promise.all([open('mandatory'), open('optional'), open('none')]);
});
afterAll(() => Promise.all([mandatory, optional, none].map((router) => router.close())));

async function resetTokenOf(router: TestRouter, email: string): Promise<string> {
  await router.browser().call('password.requestReset', { email });
  return (await router.lastMail('reset_password', email)).token;
}

const mine = 'the pass phrase of the owner';

describe('where verification is mandatory', () => {
  test('proving one registration ends all others of the address, with their links and passwords (R-REG-09)', async () => {
    const victim = await pendingPerson(mandatory);
    const earlier = await pendingPerson(mandatory, { ...newDetails(), email: victim.email });
    const later = await pendingPerson(mandatory, { ...newDetails(), email: victim.email });
    await victim.browser.call('registration.verifyEmail', { token: victim.token });
    for (const stranger of [earlier, later]) {
      const { token, password } = stranger;
      expect(await stranger.browser.refusalOf('registration.verifyEmail', { token, password })).toBe('invalid_token');
      expect(await stranger.browser.refusalOf('auth.login', { identifier: victim.email, password })).toBe('invalid_credentials');
    }
    expect(await rows(mandatory, `select from latchkey.registration where email_canonical = '${victim.email}'`)).toEqual([]);
  });

  test('a reset proves the mailbox: what a stranger had pending for it is over (R-REG-09)', async () => {
    const stranger = await pendingPerson(mandatory);
    const { email } = stranger;
    const token = await resetTokenOf(mandatory, email);
    expect((await mandatory.browser().call('password.confirmReset', { token, newPassword: mine })).data).toEqual({ status: 'reset' });
    expect(await stranger.browser.refusalOf('registration.verifyEmail', { token: stranger.token })).toBe('invalid_token');
    expect(await stranger.browser.refusalOf('auth.login', { identifier: email, password: stranger.password })).toBe('invalid_credentials');
    expect((await mandatory.browser().call('auth.login', { identifier: email, password: mine })).data).toMatchObject({
      status: 'authenticated',
      user: { emailVerified: true },
    });
  });
});

describe.each(['optional', 'none'] as const)('where verification is %s', (mode) => {
  const routerOf = () => (mode === 'optional' ? optional : none);

  /** A stranger who got into every corner of an account with somebody else's address, before that was ever proven. */
  async function squattedAccount() {
    const router = routerOf();
    const { email, username, password } = newDetails();
    const browser = router.browser();
    await browser.call('registration.register', { email, username, password });
    const app = router.browser({ credentials: 'token' });
    const { data } = await app.call<{ user: { id: string }; tokens: { accessToken: string; refreshToken: string } }>('auth.login', {
      identifier: email,
      password,
    });
    app.bearer = data?.tokens.accessToken ?? '';
    const newEmail = newDetails().email;
    await browser.call('registration.requestEmailChange', { email: newEmail });
    router.clock.advance(1);
    await browser.call('registration.resendVerification', { email });
    return {
      router,
      userId: data?.user.id ?? '',
      email,
      username,
      password,
      browser,
      app,
      refreshToken: data?.tokens.refreshToken ?? '',
      changeToken: (await router.lastMail('confirm_email_change', newEmail)).token,
      verifyToken: (await router.lastMail('verify_email', email)).token,
    };
  }

  type Squatted = Awaited<ReturnType<typeof squattedAccount>>;

  const isIn = async (browser: TestBrowser) => (await browser.call('auth.session')).data !== null;

  test('a reset by the owner of the mailbox ends password, sessions, tokens, links and devices of whoever was there (R-REG-09)', async () => {
    const { router, email, password, browser, app, ...held } = await squattedAccount();
    expect([await isIn(browser), await isIn(app)]).toEqual([true, true]);
    const token = await resetTokenOf(router, email);
    const owner = router.browser();
    await owner.call('password.confirmReset', { token, newPassword: mine });
    expect([await isIn(browser), await isIn(app)]).toEqual([false, false]);
    expect(await app.refusalOf('auth.refresh', { refreshToken: held.refreshToken })).toBe('not_authenticated');
    expect(await browser.refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
    expect(await browser.refusalOf('registration.verifyEmail', { token: held.verifyToken, password })).toBe('invalid_token');
    const { data } = await owner.call('auth.login', { identifier: email, password: mine });
    expect(data).toMatchObject({ status: 'authenticated', user: { email, emailVerified: true } });
    expect(await owner.refusalOf('registration.confirmEmailChange', { token: held.changeToken })).toBe('invalid_token');
    const devices = await rows(
      router,
      `select d.id from latchkey.device d join latchkey."user" u on u.id = d.user_id where u.email = '${email}'`,
    );
    expect(devices).toHaveLength(1);
  });

  test('proving the address with the password ends every session from before, and the pending change (R-REG-09)', async () => {
    const { router, password, browser, app, ...held } = await squattedAccount();
    const proven = router.browser();
    await proven.call('registration.verifyEmail', { token: held.verifyToken, password });
    expect([await isIn(browser), await isIn(app), await isIn(proven)]).toEqual([false, false, true]);
    expect(await proven.refusalOf('registration.confirmEmailChange', { token: held.changeToken })).toBe('invalid_token');
  });

  test('proving it in a session keeps that one and ends the others (R-REG-09)', async () => {
    const { browser, app, ...held } = await squattedAccount();
    expect((await browser.call('registration.verifyEmail', { token: held.verifyToken })).data).toEqual({ status: 'verified' });
    expect([await isIn(browser), await isIn(app)]).toEqual([true, false]);
  });

  test('whatever the first proof is, an identity that was connected before it goes (R-REG-09)', async () => {
    const proofs = {
      reset: async ({ router, email }: Squatted) =>
        router.browser().call('password.confirmReset', { token: await resetTokenOf(router, email), newPassword: mine }),
      link: ({ browser, verifyToken }: Squatted) => browser.call('registration.verifyEmail', { token: verifyToken }),
      change: ({ browser, changeToken }: Squatted) => browser.call('registration.confirmEmailChange', { token: changeToken }),
    };
    for (const prove of Object.values(proofs)) {
      const squatted = await squattedAccount();
      const { router, userId } = squatted;
      const columns = 'id, user_id, provider, issuer, subject, connected_at';
      await rows(
        router,
        `insert into latchkey.social_account (${columns}) values (gen_random_uuid(), '${userId}', 'acme', 'acme', '${userId}', now())`,
      );
      expect((await prove(squatted)).refusal).toBeNull();
      expect(await rows(router, `select from latchkey.social_account where user_id = '${userId}'`)).toEqual([]);
    }
  });

  test('proving another mailbox by a change of address is a first proof too (R-REG-09)', async () => {
    const { browser, app, ...held } = await squattedAccount();
    await browser.call('registration.confirmEmailChange', { token: held.changeToken });
    expect([await isIn(browser), await isIn(app)]).toEqual([true, false]);
    expect(await browser.refusalOf('registration.verifyEmail', { token: held.verifyToken })).toBe('invalid_token');
  });
});

test('nobody is mailed a link for an address that was proven (R-REG-09)', async () => {
  const { browser, email, token } = await pendingPerson(mandatory);
  await browser.call('registration.verifyEmail', { token });
  await browser.call('registration.resendVerification', { email });
  expect(await mailed(mandatory, email)).toEqual(['verify_email']);
});
