import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

test('of parallel registrations for one username one is taken, and it can be verified (R-REG-14)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const username = `wanted-${round}`;
    const people = Array.from({ length: 8 }, () => ({ ...newDetails(), username, browser: router.browser() }));
    const reasons = await Promise.all(
      people.map(({ browser, email, password }) => browser.refusalOf('registration.register', { email, password, username })),
    );
    expect(reasons.filter((reason) => reason === null)).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'username_taken')).toHaveLength(7);
    const winner = people[reasons.indexOf(null)];
    const { token } = await router.lastMail('verify_email', winner?.email ?? '');
    expect((await winner?.browser.call('registration.verifyEmail', { token }))?.data).toMatchObject({ user: { username } });
  }
  expect(await rows(router, 'select id from latchkey.registration')).toEqual([]);
});

test('the browsers that an account knows are fifty at most, the oldest forgotten first (R-STO-09)', async () => {
  const details = newDetails();
  const browser = router.browser();
  await browser.call('registration.register', details);
  await browser.call('registration.verifyEmail', { token: (await router.lastMail('verify_email', details.email)).token });
  const first = await rows(router, 'select id from latchkey.device order by created_at desc limit 1');
  for (let count = 0; count < 51; count += 1) {
    router.clock.advance(1);
    await router.browser().call('auth.login', { identifier: details.email, password: details.password });
  }
  const known = await rows(
    router,
    `select d.id from latchkey.device d join latchkey."user" u on u.id = d.user_id where u.email = '${details.email}'`,
  );
  expect(known).toHaveLength(50);
  expect(known).not.toContainEqual(first[0]);
});
