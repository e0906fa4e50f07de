import { defaultPolicy } from '@latchkey/user-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import type { TestBrowser } from '../test-router.ts';

/** `acme` is on the trust list, `corp` is not. Without mandatory verification, so that unverified accounts exist at all. */
let router: SocialRouter;
/** The same, as it is out of the box. */
let strict: SocialRouter;

beforeAll(async () => {
  const settings = { acme: { mayLink: true } };
  router = await openSocialRouter({ settings, policy: { emailVerification: 'optional' } });
  strict = await openSocialRouter({ settings });
});
afterAll(async () => {
  await router.close();
  await strict.close();
});

/** An account with a password, its address proven or not. */
async function account(isVerified: boolean): Promise<{ browser: TestBrowser; email: string; password: string; userId: string }> {
  const details = newDetails();
  const browser = router.browser();
  const { data } = await browser.call<{ user: { id: string } }>('registration.register', details);
  if (isVerified) await browser.call('registration.verifyEmail', { token: (await router.lastMail('verify_email', details.email)).token });
  return { browser, ...details, userId: data?.user.id ?? '' };
}

const matrix = [true, false].flatMap((vouches) =>
  [true, false].flatMap((isTrusted) => [true, false].map((isProven) => ({ vouches, isTrusted, isProven }))),
);

describe('somebody comes with the address of an account', () => {
  test.each(matrix)(
    'provider vouches: $vouches, is trusted: $isTrusted, account proven: $isProven (R-SOC-08)',
    async ({ vouches, isTrusted, isProven }) => {
      const owner = await account(isProven);
      const provider = isTrusted ? 'acme' : 'corp';
      const { person } = newcomerAt(isTrusted ? router.acme : router.corp, { email: owner.email.toUpperCase(), email_verified: vouches });
      const browser = router.browser();
      const { data, reason } = await router.comeFrom(provider, person, browser);
      const accounts = (await owner.browser.call<unknown[]>('social.accounts')).data;
      const current = (await browser.call('auth.session')).data;
      if (vouches && isTrusted && isProven) {
        expect(data).toMatchObject({ status: 'authenticated', user: { id: owner.userId } });
        expect(accounts).toHaveLength(1);
        expect(await router.lastMail('social_connected', owner.email)).toMatchObject({ provider: 'acme Inc.' });
        return;
      }
      if (vouches) expect(data).toEqual({ status: 'link_required', provider, email: owner.email.toUpperCase() });
      else expect(reason).toBe('email_taken');
      expect(accounts).toEqual([]);
      expect(current).toBeNull();
      expect((await router.mails()).filter(({ to, kind }) => to === owner.email && kind === 'social_connected')).toEqual([]);
    },
  );

  test.each(['true', 'TRUE', 1, {}, null])('an address verified as %j is not verified (R-SOC-08)', async (almost) => {
    const owner = await signedInPerson(strict);
    const { person } = newcomerAt(strict.acme, { email: owner.email, email_verified: almost });
    const browser = strict.browser();
    const { data } = await strict.comeFrom('acme', person, browser);
    expect(data).toEqual({ status: 'email_verification_required', email: owner.email, returnTo: '/' });
    expect((await owner.browser.call('social.accounts')).data).toEqual([]);
  });

  test('who is asked to log in does so, connects, and comes in that way from then on (R-SOC-08)', async () => {
    const owner = await signedInPerson(strict);
    const { person } = newcomerAt(strict.corp, { email: owner.email });
    const browser = strict.browser();
    expect((await strict.comeFrom('corp', person, browser)).data?.status).toBe('link_required');
    await browser.call('auth.login', { identifier: owner.email, password: owner.password });
    expect((await strict.comeFrom('corp', person, browser, { intent: 'connect' })).data?.status).toBe('connected');
    expect((await strict.comeFrom('corp', person, strict.browser())).data?.user?.id).toBe(owner.userId);
  });

  test('is a stranger’s pending registration as good as none (R-SOC-08)', async () => {
    const details = newDetails();
    await strict.browser().call('registration.register', details);
    const { token } = await strict.lastMail('verify_email', details.email);
    const { person } = newcomerAt(strict.corp, { email: details.email });
    const { data } = await strict.comeFrom('corp', person, strict.browser());
    expect(data).toMatchObject({ status: 'authenticated', user: { email: details.email, hasPassword: false, username: null } });
    const stranger = strict.browser();
    expect(await stranger.refusalOf('registration.verifyEmail', { token, password: details.password })).toBe('invalid_token');
    expect(await stranger.refusalOf('auth.login', { identifier: details.email, password: details.password })).toBe('invalid_credentials');
  });

  test('nobody is trusted unless the configuration says so (R-SOC-08)', () => {
    expect([...strict.core.social.providers.values()].filter(({ mayLink }) => mayLink).map(({ id }) => id)).toEqual(['acme']);
    expect(defaultPolicy.emailVerification).toBe('mandatory');
  });
});
