import { defaultPolicy, type EventData, Refusal } from '@latchkey/user-core';
import { afterEach, describe, expect, test } from 'vitest';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails, signedInPerson } from '../test-person.ts';

let router: SocialRouter;

afterEach(() => router.close());

const users = () => router.core.db.query.userTable.findMany();

describe('registration by way of a provider', () => {
  test('is closed when registration is, on every way in, and nobody blank comes into being', async () => {
    router = await openSocialRouter({ policy: { registration: 'closed' } });
    const verified = newcomerAt(router.acme).person;
    const unverified = newcomerAt(router.acme, { email_verified: false }).person;
    const nameless = newcomerAt(router.acme, { email: '' }).person;
    for (const person of [verified, unverified, nameless]) {
      for (const credentials of ['cookie', 'token'] as const) {
        const browser = router.browser({ credentials });
        expect(await router.comeFrom('acme', person, browser)).toEqual({ data: null, reason: 'registration_closed' });
        expect((await browser.call('auth.session')).data).toBeNull();
      }
    }
    expect(await users()).toEqual([]);
    expect(await router.core.db.query.registrationTable.findMany()).toEqual([]);
    expect(await router.core.db.query.socialRegistrationTable.findMany()).toEqual([]);
  });

  test('that was closed meanwhile is not completed', async () => {
    router = await openSocialRouter();
    const browser = router.browser();
    await router.comeFrom('acme', newcomerAt(router.acme, { email: '' }).person, browser);
    router.core.policy = { ...router.core.policy, registration: 'closed' };
    expect(await browser.refusalOf('social.completeRegistration', { email: newDetails().email })).toBe('registration_closed');
    expect(await users()).toEqual([]);
  });

  test('leaves the door open to who has an account, closed or not', async () => {
    router = await openSocialRouter();
    const me = await signedInPerson(router);
    const { person } = newcomerAt(router.acme);
    await router.comeFrom('acme', person, me.browser, { intent: 'connect' });
    router.core.policy = { ...router.core.policy, registration: 'closed' };
    expect((await router.comeFrom('acme', person, router.browser())).data?.user?.id).toBe(me.userId);
    const other = newcomerAt(router.corp, { email: me.email }).person;
    expect((await router.comeFrom('corp', other, router.browser())).data?.status).toBe('link_required');
  });

  test('counts against the limits of registration, and the way itself against its own', async () => {
    const limits = { ...defaultPolicy.limits, register: { ip: [{ points: 2, seconds: 3600 }], account: [] } };
    router = await openSocialRouter({ policy: { limitsEnabled: true, limits } });
    const come = async (ip: string) => router.comeFrom('acme', newcomerAt(router.acme).person, router.browser({ ip }));
    expect((await come('192.0.2.1')).data?.status).toBe('authenticated');
    expect((await come('192.0.2.1')).data?.status).toBe('authenticated');
    expect((await come('192.0.2.1')).reason).toBe('too_many_attempts');
    expect((await come('192.0.2.2')).data?.status).toBe('authenticated');
    expect((await users()).length).toBe(3);

    const start = (ip: string) => router.browser({ ip }).refusalOf('social.start', { provider: 'acme', intent: 'login' });
    const reasons = [];
    for (let count = 0; count < 31; count += 1) reasons.push(await start('192.0.2.3'));
    expect(reasons.filter((reason) => reason === null)).toHaveLength(30);
    expect(reasons.at(-1)).toBe('too_many_attempts');
  });

  test.each<[string, object, string]>([
    ['social.finish', { provider: 'acme', state: 'none', code: 'none' }, 'state_mismatch'],
    ['social.loginWithIdToken', { provider: 'acme', idToken: 'none' }, 'invalid_credentials'],
    ['social.completeRegistration', {}, 'state_mismatch'],
  ])('is tried by %s thirty times a minute from one address', async (procedure, input, reason) => {
    router = await openSocialRouter({ policy: { limitsEnabled: true } });
    const attempt = () => router.browser({ ip: '192.0.2.4' }).refusalOf(procedure, input);
    for (let count = 0; count < 30; count += 1) expect(await attempt()).toBe(reason);
    expect(await attempt()).toBe('too_many_attempts');
    expect(await router.browser({ ip: '192.0.2.5' }).refusalOf(procedure, input)).toBe(reason);
  });

  test('asks the application first, which may refuse or amend, and lets it write its own rows with the account', async () => {
    const seen: object[] = [];
    let refuse = true;
    let fail = true;
    router = await openSocialRouter({
      hooks: {
        async beforeRegister(candidate) {
          seen.push(candidate);
          if (refuse) throw new Refusal('registration_closed');
          return { firstName: 'Amended', username: candidate.lastName };
        },
        async afterRegister() {
          if (fail) throw new Refusal('invalid_input');
        },
      },
    });
    const { person, email } = newcomerAt(router.acme, { given_name: 'Ada', family_name: 'Lovelace' });
    expect((await router.comeFrom('acme', person, router.browser())).reason).toBe('registration_closed');
    expect(seen).toEqual([{ email, username: null, firstName: 'Ada', lastName: 'Lovelace', fields: {} }]);
    refuse = false;
    expect((await router.comeFrom('acme', person, router.browser())).reason).toBe('invalid_input');
    expect(await users()).toEqual([]);
    expect(await router.core.db.query.socialAccountTable.findMany()).toEqual([]);
    fail = false;
    const { data } = await router.comeFrom('acme', person, router.browser());
    expect(data?.user).toMatchObject({ email, firstName: 'Amended', username: 'Lovelace' });
    // Who is known is not asked again.
    const asked = seen.length;
    await router.comeFrom('acme', person, router.browser());
    expect(seen).toHaveLength(asked);
  });

  test('ends, like every other way in, at the one place that opens sessions', async () => {
    const methods: string[][] = [];
    let mayEnter = false;
    const hooks = {
      async beforeLogin(_user: unknown, login: { methods: string[] }) {
        methods.push(login.methods);
        if (!mayEnter) throw new Refusal('invalid_credentials');
      },
    };
    router = await openSocialRouter({ hooks, settings: { acme: { mayLink: true } } });
    const { person } = newcomerAt(router.acme);
    const come = (who: string) => router.comeFrom('acme', who, router.browser());
    expect((await come(person)).reason).toBe('invalid_credentials');
    expect(await users()).toEqual([]);
    mayEnter = true;
    const first = await come(person);
    const owner = await signedInPerson(router);
    mayEnter = false;
    expect((await come(person)).reason).toBe('invalid_credentials');
    const linked = newcomerAt(router.acme, { email: owner.email }).person;
    expect((await come(linked)).reason).toBe('invalid_credentials');
    expect((await owner.browser.call('social.accounts')).data).toEqual([]);
    expect(methods.filter((names) => names.join() === 'social:acme')).toHaveLength(4);
    expect(first.data?.session?.methods).toEqual(['social:acme']);
  });

  test('is told to subscribers in order: registered, verified, connected, logged in', async () => {
    router = await openSocialRouter();
    await router.comeFrom('acme', newcomerAt(router.acme).person, router.browser());
    const types = (await router.core.db.query.eventTable.findMany({ orderBy: (event, { asc }) => asc(event.id) })).map(
      ({ type }) => type as keyof EventData,
    );
    expect(types).toEqual(['user.registered', 'user.email_verified', 'social.connected', 'user.logged_in']);
    expect(await router.mails()).toEqual([]);
  });
});

describe('where an address need not be proven', () => {
  test.each(['optional', 'none'] as const)(
    '(%s) an unverified one makes an unverified account at once, or is said to be taken',
    async (emailVerification) => {
      router = await openSocialRouter({ policy: { emailVerification } });
      const { person, email } = newcomerAt(router.acme, { email_verified: false });
      const browser = router.browser();
      const { data } = await router.comeFrom('acme', person, browser);
      expect(data).toMatchObject({ status: 'authenticated', user: { email, emailVerified: false } });
      expect((await router.mails()).map(({ kind }) => kind)).toEqual(emailVerification === 'optional' ? ['verify_email'] : []);
      const other = newcomerAt(router.corp, { email, email_verified: false }).person;
      expect(await router.comeFrom('corp', other, router.browser())).toEqual({ data: null, reason: 'email_taken' });
    },
  );

  test('and then it must be, the same identity is asked to prove it', async () => {
    router = await openSocialRouter({ policy: { emailVerification: 'none' } });
    const { person, email } = newcomerAt(router.acme, { email_verified: false });
    await router.comeFrom('acme', person, router.browser());
    router.core.policy = { ...router.core.policy, emailVerification: 'mandatory' };
    const browser = router.browser();
    expect((await router.comeFrom('acme', person, browser)).data).toEqual({ status: 'email_verification_required', email, returnTo: '/' });
    expect((await browser.call('auth.session')).data).toBeNull();
  });
});
