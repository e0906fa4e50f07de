import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createAuthRouter } from '../../src/auth-router.ts';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

/** What somebody may call who is not signed in; everything else is for people with a session. */
const forAnyone = new Set([
  ...['auth.login', 'auth.logout', 'auth.session', 'auth.refresh', 'auth.verifyToken', 'auth.serviceToken'],
  ...['registration.register', 'registration.verifyEmail', 'registration.resendVerification'],
  ...['password.requestReset', 'password.confirmReset'],
  ...['social.providers', 'social.start', 'social.finish', 'social.loginWithIdToken', 'social.completeRegistration'],
]);

describe.each(['cookie', 'token'] as const)('a registration that is not proven, by %s,', (credentials) => {
  test('opens nothing: no session, no token, and every procedure for people refuses (R-REG-07)', async () => {
    const { browser, email } = await pendingPerson(router, newDetails(), router.browser({ credentials }));
    expect([...browser.cookies.keys()]).toEqual(credentials === 'cookie' ? ['registration'] : []);
    expect((await browser.call('auth.session')).data).toBeNull();
    const procedures = Object.keys(createAuthRouter({ core: router.core }).authRouter._def.procedures);
    const refused = await Promise.all(
      procedures.filter((path) => !forAnyone.has(path)).map(async (path) => [path, await browser.refusalOf(path)]),
    );
    expect(refused.length).toBeGreaterThanOrEqual(13);
    expect(refused.filter(([, reason]) => reason !== 'not_authenticated')).toEqual([]);
    expect(await rows(router, `select from latchkey."user" where email_canonical = '${email}'`)).toEqual([]);
  });

  test('logs nobody in, however often its password is right (R-REG-07)', async () => {
    const { email, username, password } = await pendingPerson(router, newDetails(), router.browser({ credentials }));
    for (const identifier of [email, username]) {
      const browser = router.browser({ credentials });
      expect((await browser.call('auth.login', { identifier, password })).data).toEqual({ status: 'email_verification_required', email });
      expect(browser.cookies.size).toBe(0);
      expect(await browser.refusalOf('auth.login', { identifier, password: 'a wrong pass phrase' })).toBe('invalid_credentials');
    }
  });
});

test('its registration cookie is no session, and a session cookie is no registration (R-REG-07)', async () => {
  const { browser } = await pendingPerson(router);
  const cookie = browser.cookies.get('registration') ?? '';
  const other = router.browser();
  other.cookies.set('session', cookie);
  other.bearer = cookie;
  expect(await other.refusalOf('auth.user')).toBe('not_authenticated');
});
