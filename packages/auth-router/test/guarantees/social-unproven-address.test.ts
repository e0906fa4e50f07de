import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import type { TestBrowser } from '../test-router.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter();
});
afterAll(() => router.close());

/** Somebody whose address the provider does not vouch for. */
function unsure(email = newDetails().email): { person: string; email: string } {
  return newcomerAt(router.acme, { email, email_verified: false });
}

async function userOf(email: string) {
  return (await router.core.db.query.userTable.findMany()).find((user) => user.email === email) ?? null;
}

async function verify(browser: TestBrowser, email: string, password?: string) {
  const { token } = await router.lastMail('verify_email', email);
  return browser.call<{ status: string }>('registration.verifyEmail', { token, ...(password && { password }) });
}

describe('an address that the provider did not verify', () => {
  test('has to be proven to us, in the browser that came, and is connected then (R-SOC-09)', async () => {
    const { person, email } = unsure();
    const browser = router.browser();
    const { data } = await router.comeFrom('acme', person, browser, { returnTo: '/inbox' });
    expect(data).toEqual({ status: 'email_verification_required', email, returnTo: '/inbox' });
    expect((await browser.call('auth.session')).data).toBeNull();
    expect(await userOf(email)).toBeNull();

    const verified = await verify(browser, email);
    expect(verified.data).toMatchObject({ status: 'authenticated', user: { email, emailVerified: true, hasPassword: false } });
    expect((await browser.call('social.accounts')).data).toMatchObject([{ provider: 'acme', providerAccountId: person }]);
    expect(await router.comeFrom('acme', person, router.browser())).toMatchObject({ data: { status: 'authenticated', user: { email } } });
  });

  test('is activated by its link in no other browser (R-SOC-09)', async () => {
    const { person, email } = unsure();
    const browser = router.browser();
    await router.comeFrom('acme', person, browser);
    const other = router.browser();
    expect((await verify(other, email)).data).toEqual({ status: 'password_required' });
    for (const password of ['', 'null', 'undefined', 'pass phrase']) {
      expect((await verify(other, email, password || ' ')).refusal?.reason).toBe('invalid_credentials');
    }
    expect(await userOf(email)).toBeNull();
    expect((await verify(browser, email)).data?.status).toBe('authenticated');
  });

  test('is answered alike for a known and an unknown one, cookie and all; only the mail differs (R-SOC-09)', async () => {
    const owner = await signedInPerson(router);
    const known = unsure(owner.email);
    const unknown = unsure();
    const answers = [];
    for (const { person, email } of [known, unknown]) {
      const browser = router.browser();
      const { data, reason } = await router.comeFrom('acme', person, browser);
      const cookies = [...browser.cookies].map(([name, value]) => [name, value.length]);
      answers.push({ data: JSON.stringify(data).replace(email, '').length, reason, status: data?.status, cookies });
    }
    expect(answers[0]).toEqual(answers[1]);
    const kinds = async (email: string) => (await router.mails()).filter(({ to }) => to === email).map(({ kind }) => kind);
    expect((await kinds(known.email)).sort()).toEqual(['already_registered', 'verify_email']);
    expect(await kinds(unknown.email)).toEqual(['verify_email']);
    expect((await owner.browser.call('social.accounts')).data).toEqual([]);
  });

  test('that is proven by a reset instead gets the new password, and not the identity (R-REG-09, R-SOC-09)', async () => {
    const { person, email } = unsure();
    const browser = router.browser();
    await router.comeFrom('acme', person, browser);
    const { token: stale } = await router.lastMail('verify_email', email);
    const owner = router.browser();
    await owner.call('password.requestReset', { email });
    const { token } = await router.lastMail('reset_password', email);
    await owner.call('password.confirmReset', { token, newPassword: 'a pass phrase of the owner' });
    await owner.call('auth.login', { identifier: email, password: 'a pass phrase of the owner' });
    expect((await owner.call('social.accounts')).data).toEqual([]);
    expect(await browser.refusalOf('registration.verifyEmail', { token: stale })).toBe('invalid_token');
    expect((await router.comeFrom('acme', person, browser)).data?.status).toBe('email_verification_required');
    expect((await owner.call('social.accounts')).data).toEqual([]);
  });

  test('of an identity that was connected elsewhere meanwhile makes no account without a way in', async () => {
    const { person, email } = unsure();
    const browser = router.browser();
    await router.comeFrom('acme', person, browser);
    const owner = await signedInPerson(router);
    expect((await router.comeFrom('acme', person, owner.browser, { intent: 'connect' })).data?.status).toBe('connected');
    expect((await verify(browser, email)).refusal?.reason).toBe('social_account_in_use');
    expect(await userOf(email)).toBeNull();
  });
});

describe('somebody without an address', () => {
  const nameless = () => newcomerAt(router.acme, { email: '', given_name: 'Hedy', preferred_username: 'hedy' }).person;

  test('is asked for one, and no blank account comes into being (R-SOC-09)', async () => {
    const count = (await router.core.db.query.userTable.findMany()).length;
    const browser = router.browser();
    const { data } = await router.comeFrom('acme', nameless(), browser, { returnTo: '/inbox' });
    expect(data).toEqual({
      status: 'registration_incomplete',
      ticket: null,
      missing: ['email'],
      suggested: { username: 'hedy', firstName: 'Hedy' },
    });
    expect((await router.core.db.query.userTable.findMany()).length).toBe(count);

    const { email } = newDetails();
    const completed = await browser.call('social.completeRegistration', { email });
    expect(completed.data).toEqual({ status: 'email_verification_required', email, returnTo: '/inbox' });
    expect(await userOf(email)).toBeNull();
    expect((await verify(browser, email)).data).toMatchObject({
      status: 'authenticated',
      user: { email, emailVerified: true, firstName: 'Hedy' },
    });
  });

  test('who types somebody’s address learns nothing and gets nothing (R-SOC-09)', async () => {
    const owner = await signedInPerson(router);
    const browser = router.browser();
    await router.comeFrom('acme', nameless(), browser);
    const { data } = await browser.call('social.completeRegistration', { email: owner.email });
    expect(data).toEqual({ status: 'email_verification_required', email: owner.email, returnTo: '/' });
    expect((await owner.browser.call('social.accounts')).data).toEqual([]);
    expect(await router.lastMail('already_registered', owner.email)).toBeDefined();
  });

  test('or with one that no mail could reach, is asked for another', async () => {
    for (const email of ['not an address', 'a@b', 'ada@exam\u212Aple.com', 'ada＠example.com', `${'a'.repeat(65)}@example.com`]) {
      const { person } = newcomerAt(router.acme, { email });
      const { data } = await router.comeFrom('acme', person, router.browser());
      expect(data).toMatchObject({ status: 'registration_incomplete', missing: ['email'] });
    }
  });
});
