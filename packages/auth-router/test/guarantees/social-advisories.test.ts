import { purge } from '@latchkey/user-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finish, newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails, signedInPerson } from '../test-person.ts';

/** Published weaknesses of neighbours, by the name they were published under. Some more have files of their own. */
let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter();
});
afterAll(() => router.close());

const mismatch = { data: null, reason: 'state_mismatch' };

describe('purpose confusion: a secret of one kind is nothing where another is expected', () => {
  test('a state signs nobody in, and no other secret is a state (GHSA-965c, GHSA-v64w)', async () => {
    const me = await signedInPerson(router);
    const browser = router.browser();
    const app = router.browser({ credentials: 'token' });
    const [input, ticketed] = [await router.goTo('acme', 'ada', browser), await router.goTo('acme', 'ada', app)];
    await browser.call('password.requestReset', { email: me.email });
    const { token: reset } = await router.lastMail('reset_password', me.email);
    const secrets = {
      state: input.state,
      ticket: ticketed.ticket ?? '',
      social: browser.cookies.get('social') ?? '',
      session: me.browser.cookies.get('session') ?? '',
      device: me.browser.cookies.get('device') ?? '',
      reset,
    };
    for (const secret of Object.values(secrets)) {
      const other = router.browser();
      expect(await other.refusalOf('registration.verifyEmail', { token: secret })).toBe('invalid_token');
      if (secret !== reset)
        expect(await other.refusalOf('password.confirmReset', { token: secret, newPassword: 'a new pass phrase' })).toBe('invalid_token');
      expect(await other.refusalOf('auth.refresh', { refreshToken: secret })).toBe('not_authenticated');
      expect((await other.call<{ active: boolean }>('auth.verifyToken', { token: secret })).data?.active).toBe(false);
      if (secret !== secrets.session) {
        other.cookies.set('session', secret);
        expect((await other.call('auth.session')).data).toBeNull();
      }
      if (secret !== input.state) expect(await finish(browser, { ...input, state: secret })).toEqual(mismatch);
      if (secret !== secrets.social) {
        other.cookies.set('social', secret);
        expect(await finish(other, input)).toEqual(mismatch);
      }
      if (secret !== ticketed.ticket) expect(await finish(app, { ...ticketed, ticket: secret })).toEqual(mismatch);
      expect(await app.refusalOf('social.completeRegistration', { ticket: secret, email: newDetails().email })).toBe('state_mismatch');
    }
  });

  test('what is sealed for one use opens for no other (GHSA-r4xp)', () => {
    const labels = ['social-flow', 'social-token', 'mail', 'signing-key'] as const;
    for (const label of labels) {
      const sealed = router.core.keys.seal(label, 'text', 'context');
      for (const other of labels) expect(router.core.keys.open(other, sealed, 'context')).toBe(label === other ? 'text' : null);
      expect(router.core.keys.open(label, sealed, 'another context')).toBeNull();
    }
  });
});

describe('login by cross-site request: an attacker’s answer from a provider logs no victim in', () => {
  test('whatever cookie the victim has, or has not (GHSA-wxw3)', async () => {
    const attacker = router.browser();
    const input = await router.goTo('acme', newcomerAt(router.acme).person, attacker);
    const bare = router.browser();
    const busy = router.browser();
    await router.goTo('acme', newcomerAt(router.acme).person, busy);
    const forged = router.browser();
    forged.cookies.set('social', input.state);
    for (const victim of [bare, busy, forged]) {
      expect(await finish(victim, input)).toEqual(mismatch);
      expect((await victim.call('auth.session')).data).toBeNull();
    }
  });

  test('what was begun for one provider is nothing for another (GHSA-x445)', async () => {
    const { person } = newcomerAt(router.corp);
    const browser = router.browser();
    const [toAcme, toCorp] = [
      await router.goTo('acme', newcomerAt(router.acme).person, browser),
      await router.goTo('corp', person, browser),
    ];
    const { iss: _, ...swapped } = { ...toCorp, state: toAcme.state };
    expect(await finish(browser, swapped)).toEqual(mismatch);
    expect(await finish(browser, toCorp)).toMatchObject({ data: { status: 'authenticated' } });
  });
});

describe('claims that are not pinned', () => {
  test('an ID token of any issuer but the one that is named is nobody’s (GHSA-v36f)', async () => {
    const victim = newcomerAt(router.acme);
    await router.comeFrom('acme', victim.person, router.browser());
    const forged = (claims: object) =>
      [{ alg: 'none', typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
        .concat('.');
    const now = Math.floor(router.clock.now().getTime() / 1000);
    for (const iss of [router.acme.url, router.corp.url, 'https://evil.example.test']) {
      const idToken = forged({
        iss,
        aud: 'latchkey',
        sub: victim.person,
        iat: now,
        exp: now + 60,
        email: victim.email,
        email_verified: true,
      });
      for (const provider of ['acme', 'corp']) {
        const browser = router.browser();
        expect(await browser.refusalOf('social.loginWithIdToken', { provider, idToken })).toBe('invalid_credentials');
        expect((await browser.call('auth.session')).data).toBeNull();
      }
    }
  });

  test('an address that looks like somebody’s is not theirs (GHSA-7rqj, CVE-2019-19844)', async () => {
    const { email } = await signedInPerson(router);
    const lookAlikes = [
      email.replace('p', 'ｐ'),
      `K${email}`,
      email.replace('@', '＠'),
      `${email},x@example.com`,
      `"${email}"@example.com`,
    ];
    for (const [index, address] of lookAlikes.entries()) {
      const { person } = newcomerAt(router.acme, { email: index === 1 ? address.replace('K', '\u212A') : address });
      const { data } = await router.comeFrom('acme', person, router.browser());
      expect(data).toMatchObject({ status: 'registration_incomplete', missing: ['email'] });
      expect(data).not.toHaveProperty('suggested.email');
    }
  });
});

describe('weaknesses of the reference system', () => {
  test('an access token of whomever is not accepted: there is no input for one (confused deputy)', async () => {
    const browser = router.browser();
    for (const input of [{ accessToken: 't' }, { access_token: 't' }, { idToken: 'i', accessToken: 't' }, { code: 'c' }]) {
      expect(await browser.refusalOf('social.loginWithIdToken', { provider: 'acme', ...input })).toBe('invalid_input');
      expect(await browser.refusalOf('social.finish', { provider: 'acme', ...input })).toBe('invalid_input');
    }
    const { person } = newcomerAt(router.acme);
    router.github.people.set(person, { id: 99, login: 'x', name: null, emails: [] });
    expect(await browser.refusalOf('social.loginWithIdToken', { provider: 'github', idToken: 'gho_token' })).toBe('provider_unknown');
  });

  test('no blank user is saved, whatever is lacking', async () => {
    const users = async () => (await router.core.db.query.userTable.findMany()).length;
    const before = await users();
    const cases = [{ email: '' }, { email: 'nonsense' }, { email: '', preferred_username: '' }];
    for (const claims of cases) {
      const { person } = newcomerAt(router.acme, claims);
      expect((await router.comeFrom('acme', person, router.browser())).data?.status).toBe('registration_incomplete');
    }
    router.github.people.set('blank', { id: 100, login: '', name: null, emails: [] });
    expect((await router.comeFrom('github', 'blank', router.browser())).data?.status).toBe('registration_incomplete');
    expect(await users()).toBe(before);
  });

  test('malformed ID tokens are refused with a reason, never with an error of ours', async () => {
    const texts = [
      '.',
      '..',
      '...',
      'a.b.c',
      'ey.ey.ey',
      '\u0000',
      'é.é.é',
      'null',
      `${'x'.repeat(8192)}`,
      'eyJhbGciOiJSUzI1NiJ9.e30.',
      '{"alg":1}.{}.',
    ];
    for (const idToken of texts) {
      expect(await router.browser().refusalOf('social.loginWithIdToken', { provider: 'acme', idToken })).toBe('invalid_credentials');
    }
    expect(await router.browser().refusalOf('social.loginWithIdToken', { provider: 'acme', idToken: 'x'.repeat(8193) })).toBe(
      'invalid_input',
    );
  });

  test('sessions come by the way the caller asked for, and only by that', async () => {
    const browser = router.browser();
    const { data } = await router.comeFrom('acme', newcomerAt(router.acme).person, browser);
    expect(data?.tokens).toBeNull();
    expect([...browser.cookies.keys()].sort()).toEqual(['device', 'session', 'social']);
    const refused = router.browser();
    await router.comeFrom('acme', 'nobody', refused);
    expect([...refused.cookies.keys()]).toEqual(['social']);
  });
});

test('flows and incomplete registrations that nobody ended are removed when their time is over, and none before (R-STO-09)', async () => {
  const browser = router.browser();
  await router.comeFrom('acme', newcomerAt(router.acme, { email: '' }).person, browser);
  router.clock.advance(300);
  const input = await router.goTo('acme', newcomerAt(router.acme).person, browser);
  router.clock.advance(301);
  await purge(router.core);
  expect(await router.core.db.query.socialRegistrationTable.findMany()).toEqual([]);
  expect(await router.core.db.query.socialFlowTable.findMany()).toHaveLength(1);
  expect(await finish(browser, input)).toMatchObject({ data: { status: 'authenticated' } });
});
