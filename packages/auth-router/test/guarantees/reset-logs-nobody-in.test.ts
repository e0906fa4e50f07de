import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { resetTokenOf } from '../reset-token.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const newPassword = 'another pass phrase';

test.each(['cookie', 'token'] as const)(
  'after a reset nobody is signed in: the new password has to be used, by %s (R-PWD-13)',
  async (credentials) => {
    const person = await signedInPerson(router);
    const pending = await pendingPerson(router);
    for (const { email } of [person, pending]) {
      const browser = router.browser({ credentials });
      const { data } = await browser.call('password.confirmReset', { token: await resetTokenOf(router, email), newPassword });
      expect(data).toEqual({ status: 'reset' });
      expect([...browser.cookies.keys()]).toEqual(credentials === 'cookie' ? ['device'] : []);
      expect((await browser.call('auth.session')).data).toBeNull();
      const living = `select s.id from latchkey.session s join latchkey."user" u on u.id = s.user_id where u.email = '${email}' and s.ended_at is null`;
      expect(await rows(router, living)).toEqual([]);
      expect((await browser.call('auth.login', { identifier: email, password: newPassword })).data).toMatchObject({
        status: 'authenticated',
      });
    }
  },
);

test('the registration cookie of a browser opens nothing after the reset of its registration (R-PWD-13)', async () => {
  const { browser, email, token } = await pendingPerson(router);
  await browser.call('password.confirmReset', { token: await resetTokenOf(router, email), newPassword });
  expect(await browser.refusalOf('registration.verifyEmail', { token })).toBe('invalid_token');
  expect(await browser.refusalOf('auth.user')).toBe('not_authenticated');
});
