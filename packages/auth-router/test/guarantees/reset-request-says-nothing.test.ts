import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { audited, mailed, rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let limited: TestRouter;
let addresses = 0;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(async () => {
  await router.close();
  await limited.close();
});

function elsewhere() {
  addresses += 1;
  return limited.browser({ ip: `198.51.100.${addresses}` });
}

test('only an address with somebody behind it gets mail; the answer is the same (R-PWD-10)', async () => {
  const known = await signedInPerson(router);
  const pending = await pendingPerson(router);
  const unknown = newDetails().email;
  for (const email of [known.email, pending.email, unknown]) {
    expect((await router.browser().call('password.requestReset', { email })).data).toEqual({ status: 'accepted' });
  }
  for (const { email } of [known, pending]) expect((await mailed(router, email)).sort()).toEqual(['reset_password', 'verify_email']);
  expect(await mailed(router, unknown)).toEqual([]);
  expect(await audited(router, known.userId)).toContain('password_reset_request');
});

test('the request is written once, and answered once by whoever of the queue comes first (R-PWD-10)', async () => {
  const { email } = await signedInPerson(router);
  await router.browser().call('password.requestReset', { email });
  expect(await rows(router, `select from latchkey.mail where kind = 'request'`)).toHaveLength(1);
  await Promise.all(Array.from({ length: 8 }, () => router.mails()));
  expect((await mailed(router, email)).filter((kind) => kind === 'reset_password')).toHaveLength(1);
  expect(await rows(router, `select from latchkey.mail where kind = 'request'`)).toEqual([]);
});

test('every address has to wait after the first, known or not (R-PWD-10)', async () => {
  const known = await signedInPerson(limited, elsewhere());
  for (const email of [known.email, newDetails().email]) {
    expect((await elsewhere().call('password.requestReset', { email })).data).toEqual({ status: 'accepted' });
    const { refusal } = await elsewhere().call('password.requestReset', { email });
    expect(refusal).toMatchObject({ reason: 'too_many_attempts', retryAfterSeconds: 60 });
  }
});
