import { confirmReset, refresh, type UserCore, verifyEmail } from '@latchkey/user-core';
import { testCaller } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let cores: UserCore[];

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  cores = [router.core, await router.another()];
});
afterAll(() => router.close());

/** The same call, sixteen times at once through two processes. */
async function race<T>(call: (core: UserCore) => Promise<T>): Promise<{ won: T[]; lost: unknown[] }> {
  const settled = await Promise.allSettled(Array.from({ length: 16 }, (_, index) => call(cores[index % 2] ?? router.core)));
  return {
    won: settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    lost: settled.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason ?? result.reason] : [])),
  };
}

const dead = Array.from({ length: 15 }, () => 'invalid_token');

test('of parallel uses of a verification token one wins (R-STO-01)', async () => {
  const details = newDetails();
  await router.browser().call('registration.register', details);
  const { token } = await router.lastMail('verify_email', details.email);
  const { won, lost } = await race((core) => verifyEmail(core, { token, password: details.password }, testCaller()));
  expect(won).toMatchObject([{ status: 'authenticated' }]);
  expect(lost).toEqual(dead);
});

test('of parallel uses of a reset token one wins (R-STO-01)', async () => {
  const { browser, email } = await signedInPerson(router);
  await browser.call('password.requestReset', { email });
  const { token } = await router.lastMail('reset_password', email);
  let count = 0;
  const { won, lost } = await race((core) => {
    count += 1;
    return confirmReset(core, { token, newPassword: `a new pass phrase, the ${count}th` }, testCaller());
  });
  expect(won).toHaveLength(1);
  expect(lost).toEqual(dead);
});

test('of parallel uses of a token for a new address one wins (R-STO-01)', async () => {
  const { browser, userId } = await signedInPerson(router);
  const { email } = newDetails();
  await browser.call('registration.requestEmailChange', { email });
  const { token } = await router.lastMail('confirm_email_change', email);
  const answers = await Promise.all(dead.map(() => browser.call('registration.confirmEmailChange', { token })));
  expect(answers.filter(({ refusal }) => refusal === null)).toHaveLength(1);
  expect(answers.flatMap(({ refusal }) => refusal?.reason ?? [])).toEqual(dead.slice(1));
  const changed = await rows(router, `select from latchkey.event where type = 'user.email_changed' and user_id = '${userId}'`);
  expect(changed).toHaveLength(1);
});

test('of parallel uses of a refresh token one makes the successor, and all get it (R-STO-01)', async () => {
  const person = await signedInPerson(router);
  const app = router.browser({ credentials: 'token' });
  const { data } = await app.call<{ session: { id: string }; tokens: { refreshToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  const { won, lost } = await race((core) => refresh(core, data?.tokens.refreshToken ?? '', testCaller()));
  expect(lost).toEqual([]);
  expect(new Set(won.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  expect(await rows(router, `select refresh_counter from latchkey.session where id = '${data?.session.id}'`)).toEqual([
    { refresh_counter: 1 },
  ]);
});
