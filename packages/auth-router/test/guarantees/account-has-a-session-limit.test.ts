import { defaultPolicy } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { session: { ...defaultPolicy.session, maxPerUser: 3 } } });
});
afterAll(() => router.close());

test('an account has a limited number of sessions, and the least recently used one goes (R-SES-12)', async () => {
  const person = await signedInPerson(router);
  const browsers = [person.browser];
  for (let count = 0; count < 3; count += 1) {
    router.clock.advance(60);
    const browser = router.browser();
    await browser.call('auth.login', { identifier: person.email, password: person.password });
    browsers.push(browser);
  }
  const seen = await Promise.all(browsers.map(async (browser) => (await browser.call('auth.session')).data !== null));
  expect(seen).toEqual([false, true, true, true]);
});

test('the limit is 100 unless the policy says otherwise (R-SES-12)', () => {
  expect(defaultPolicy.session.maxPerUser).toBe(100);
});
