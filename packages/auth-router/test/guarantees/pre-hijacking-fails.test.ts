import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails } from '../test-person.ts';
import type { TestBrowser } from '../test-router.ts';

/**
 * The attacks of "Pre-hijacked Accounts" (Sudhodanan and Paverd, USENIX Security 2022): somebody prepares an account with the
 * address of a person who has none yet, and waits for them to come. Each is tried against each way in which they may come.
 */

const attackersPassword = 'a pass phrase of the attacker';
const victimsPassword = 'a pass phrase of the victim';

/** What an attacker has prepared, and can try once the victim is in: each answers whose account it opened. */
type Plot = { tries: (() => Promise<string | null>)[] };
type Attack = (router: SocialRouter, email: string) => Promise<Plot>;

const whoIs = async (browser: TestBrowser) => (await browser.call<{ user: { id: string } }>('auth.session')).data?.user.id ?? null;

async function whoLogsIn(router: SocialRouter, identifier: string, password: string): Promise<string | null> {
  const browser = router.browser();
  await browser.call('auth.login', { identifier, password });
  return whoIs(browser);
}

/** Registers with the victim's address. Where addresses need not be proven, this opens sessions: a cookie and tokens are kept. */
async function squat(router: SocialRouter, email: string) {
  const [browser, app] = [router.browser(), router.browser({ credentials: 'token' })];
  await browser.call('registration.register', { email, password: attackersPassword });
  const { data } = await app.call<{ tokens?: { accessToken: string; refreshToken: string } }>('auth.login', {
    identifier: email,
    password: attackersPassword,
  });
  const { accessToken = null, refreshToken = '' } = data?.tokens ?? {};
  return { browser, app, accessToken, refreshToken };
}

/** Comes again with an identity of the attacker's own. */
function returnAs(router: SocialRouter, provider: string, person: string, browser = router.browser()): () => Promise<string | null> {
  return async () => {
    await router.comeFrom(provider, person, browser);
    return whoIs(browser);
  };
}

const attacks: Record<string, Attack> = {
  async 'classic-federated merge'(router, email) {
    await squat(router, email);
    return { tries: [() => whoLogsIn(router, email, attackersPassword)] };
  },
  async 'unexpired session'(router, email) {
    const { browser, app, accessToken, refreshToken } = await squat(router, email);
    return {
      tries: [
        () => whoIs(browser),
        () => {
          app.bearer = accessToken;
          return whoIs(app);
        },
        async () => {
          app.bearer =
            (await app.call<{ accessToken: string }>('auth.refresh', { refreshToken: refreshToken || 'none' })).data?.accessToken ?? null;
          return whoIs(app);
        },
      ],
    };
  },
  async 'trojan identifier'(router, email) {
    const { browser } = await squat(router, email);
    const own = newcomerAt(router.corp).person;
    if (await whoIs(browser)) await router.comeFrom('corp', own, browser, { intent: 'connect' });
    return { tries: [returnAs(router, 'corp', own)] };
  },
  async 'unexpired e-mail change'(router, email) {
    const { browser } = await squat(router, email);
    const mailbox = newDetails().email;
    const asked = await browser.call('registration.requestEmailChange', { email: mailbox });
    if (asked.refusal) return { tries: [async () => null] };
    const { token } = await router.lastMail('confirm_email_change', mailbox);
    return {
      tries: [
        async () => {
          await browser.call('registration.confirmEmailChange', { token });
          await router.browser().call('password.requestReset', { email: mailbox });
          const changed = (await router.core.db.query.userTable.findMany()).find((user) => user.email === mailbox);
          return changed?.id ?? whoIs(browser);
        },
      ],
    };
  },
  async 'non-verifying provider'(router, email) {
    const own = newcomerAt(router.corp, { email, email_verified: false }).person;
    const browser = router.browser();
    await router.comeFrom('corp', own, browser);
    return { tries: [() => whoIs(browser), returnAs(router, 'corp', own), returnAs(router, 'corp', own, browser)] };
  },
  async 'provider without addresses, and one typed'(router, email) {
    const own = newcomerAt(router.corp, { email: '' }).person;
    const browser = router.browser();
    await router.comeFrom('corp', own, browser);
    await browser.call('social.completeRegistration', { email });
    return { tries: [() => whoIs(browser), returnAs(router, 'corp', own)] };
  },
};

/** How the victim comes in. Answers the browser in which they are. */
type WayIn = (router: SocialRouter, email: string) => Promise<TestBrowser>;

async function reset(router: SocialRouter, email: string, browser = router.browser()): Promise<TestBrowser> {
  await browser.call('password.requestReset', { email });
  const { token } = await router.lastMail('reset_password', email);
  await browser.call('password.confirmReset', { token, newPassword: victimsPassword });
  await browser.call('auth.login', { identifier: email, password: victimsPassword });
  return browser;
}

/** By a provider that vouches for the address; where an account is in the way, by proving the mailbox and connecting. */
const federated =
  (provider: 'acme' | 'trusted'): WayIn =>
  async (router, email) => {
    const { person } = newcomerAt(router.acme, { email });
    const browser = router.browser();
    const { data } = await router.comeFrom(provider, person, browser);
    if (data?.status === 'authenticated') return browser;
    expect(data).toMatchObject({ status: 'link_required' });
    await reset(router, email, browser);
    expect((await router.comeFrom(provider, person, browser, { intent: 'connect' })).data?.status).toBe('connected');
    return browser;
  };

const waysIn: Record<string, WayIn> = {
  'a provider that vouches': federated('acme'),
  'a provider that may link': federated('trusted'),
  'a reset of the password': reset,
  async 'a registration of their own'(router, email) {
    const browser = router.browser();
    const { data } = await browser.call<{ status: string }>('registration.register', { email, password: victimsPassword });
    if (data?.status !== 'email_verification_required') return reset(router, email, browser);
    await browser.call('registration.verifyEmail', { token: (await router.lastMail('verify_email', email)).token });
    return browser;
  },
  async 'a provider that does not vouch'(router, email) {
    const { person } = newcomerAt(router.acme, { email, email_verified: false });
    const browser = router.browser();
    const { data } = await router.comeFrom('acme', person, browser);
    if (data?.status !== 'email_verification_required') return reset(router, email, browser);
    await browser.call('registration.verifyEmail', { token: (await router.lastMail('verify_email', email)).token });
    return browser;
  },
};

describe.each(['mandatory', 'optional', 'none'] as const)('with verification %s,', (emailVerification) => {
  let router: SocialRouter;

  beforeAll(async () => {
    router = await openSocialRouter({ policy: { emailVerification }, settings: { trusted: {} } });
  });
  afterAll(() => router.close());

  describe.each(Object.keys(attacks))('%s', (attack) => {
    test.each(Object.keys(waysIn))('fails when the victim comes by %s (R-REG-09, R-SOC-08)', async (wayIn) => {
      const { email } = newDetails();
      const plot = await attacks[attack]?.(router, email);
      router.clock.advance(60);
      const victim = await waysIn[wayIn]?.(router, email);
      const id = victim && (await whoIs(victim));
      expect(id).toEqual(expect.any(String));
      const user = (await router.core.db.query.userTable.findMany()).find((row) => row.id === id);
      expect(user).toMatchObject({ email, emailVerifiedAt: expect.any(Date) });
      for (const attempt of plot?.tries ?? []) expect(await attempt()).not.toBe(id);
      // Nothing is left that the victim did not put there.
      const kept = (await router.core.db.query.socialAccountTable.findMany()).filter(({ userId }) => userId === id);
      expect(kept.filter(({ provider }) => provider === 'corp')).toEqual([]);
      expect(victim && (await whoIs(victim))).toBe(id);
    });
  });

  test('the link in a mail that an attacker caused opens nothing for them, and no account of theirs (R-REG-08)', async () => {
    const { email } = newDetails();
    const attacker = router.browser();
    await router.comeFrom('corp', newcomerAt(router.corp, { email, email_verified: false }).person, attacker);
    if (emailVerification === 'none') return expect(await router.mails()).not.toContainEqual(expect.objectContaining({ to: email }));
    const { token } = await router.lastMail('verify_email', email);
    const victim = router.browser();
    expect((await victim.call('registration.verifyEmail', { token })).data).toEqual({ status: 'password_required' });
    expect(await victim.refusalOf('registration.verifyEmail', { token, password: victimsPassword })).toBe('invalid_credentials');
    expect(await whoIs(victim)).toBeNull();
  });
});

test('the proof of an address keeps the identity by which the proving session came in, and no other (R-REG-09)', async () => {
  const router = await openSocialRouter({ policy: { emailVerification: 'optional' } });
  const { person, email } = newcomerAt(router.acme, { email_verified: false });
  const browser = router.browser();
  await router.comeFrom('acme', person, browser);
  await router.comeFrom('corp', newcomerAt(router.corp).person, browser, { intent: 'connect' });
  const { token } = await router.lastMail('verify_email', email);
  expect((await browser.call('registration.verifyEmail', { token })).data).toEqual({ status: 'verified' });
  expect((await browser.call('social.accounts')).data).toMatchObject([{ provider: 'acme' }]);
  await router.close();
});
