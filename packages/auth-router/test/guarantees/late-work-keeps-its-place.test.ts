import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let wait = Promise.resolve();
let letGo = (): void => {};

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), {
    hooks: {
      beforeRegister: async () => {
        await wait;
        return undefined;
      },
    },
  });
});
afterAll(() => router.close());

test('who is answered late still takes a place, and nothing is written for them any more (R-STO-06)', async () => {
  wait = new Promise((resolve) => {
    letGo = resolve;
  });
  const browser = router.browser();
  const late = await Promise.all(Array.from({ length: 400 }, () => browser.refusalOf('registration.register', newDetails())));
  expect(new Set(late)).toEqual(new Set(['overloaded']));
  expect(await browser.refusalOf('auth.session')).toBe('overloaded');
  letGo();
  await expect.poll(() => browser.refusalOf('auth.session')).toBeNull();
  expect(await rows(router, 'select email from latchkey.registration')).toEqual([]);
  expect(await browser.refusalOf('registration.register', newDetails())).toBeNull();
});
