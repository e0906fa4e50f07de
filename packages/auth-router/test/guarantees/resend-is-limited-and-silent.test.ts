import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mailed, passLimits, rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let addresses = 0;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(() => router.close());

function elsewhere() {
  addresses += 1;
  return router.browser({ ip: `198.51.100.${addresses}` });
}

const resend = async (email: string, browser = elsewhere()) => {
  const { data, refusal } = await browser.call('registration.resendVerification', { email });
  return refusal ? refusal.reason : data;
};
const accepted = { status: 'accepted' };

test('every address gets the same answers, and only a pending one gets mail (R-REG-12)', async () => {
  const pending = await pendingPerson(router, newDetails(), elsewhere());
  const known = await signedInPerson(router, elsewhere());
  const unknown = newDetails().email;
  for (const email of [pending.email, known.email, unknown, pending.email.toUpperCase()]) {
    const first = email === pending.email.toUpperCase() ? 'too_many_attempts' : accepted;
    expect([await resend(email), await resend(email)]).toEqual([first, 'too_many_attempts']);
  }
  expect(await mailed(router, pending.email)).toEqual(['verify_email', 'verify_email']);
  expect(await mailed(router, known.email)).toEqual(['verify_email']);
  expect(await mailed(router, unknown)).toEqual([]);
});

test('an address gets one a minute and five an hour, from wherever it is asked (R-REG-12)', async () => {
  const { email } = await pendingPerson(router, newDetails(), elsewhere());
  for (let count = 0; count < 5; count += 1) {
    expect(await resend(email)).toEqual(accepted);
    await passLimits(router, 61);
  }
  expect(await resend(email)).toBe('too_many_attempts');
  expect(await mailed(router, email)).toHaveLength(6);
});

test('a client asks ten times an hour, for whatever addresses (R-REG-12)', async () => {
  const browser = elsewhere();
  for (let count = 0; count < 10; count += 1) expect(await resend(newDetails().email, browser)).toEqual(accepted);
  expect(await resend(newDetails().email, browser)).toBe('too_many_attempts');
});

test('for every address the same is written before the answer, and no more: who it is for is looked up later (R-REG-12, R-PWD-10)', async () => {
  const known = await signedInPerson(router, elsewhere());
  const pending = await pendingPerson(router, newDetails(), elsewhere());
  const written = async (path: string, email: string) => {
    const before = await rows(router, 'select id from latchkey.mail');
    const tokens = await rows(router, 'select token_hash from latchkey.one_time_token order by id');
    const audited = await rows(router, 'select id from latchkey.audit');
    await elsewhere().call(path, { email });
    const known = before.map(({ id }) => `'${id}'`).join(', ');
    const mails = await rows(
      router,
      `select kind, length(sealed) as length, user_id, attempts, sent_at from latchkey.mail where id not in (${known})`,
    );
    expect(await rows(router, 'select token_hash from latchkey.one_time_token order by id')).toEqual(tokens);
    expect(await rows(router, 'select id from latchkey.audit')).toEqual(audited);
    return mails;
  };
  for (const path of ['registration.resendVerification', 'password.requestReset']) {
    const [forKnown, forPending, forUnknown] = [
      await written(path, known.email),
      await written(path, pending.email),
      await written(path, newDetails().email),
    ];
    expect(forKnown).toMatchObject([{ kind: 'request', user_id: null, attempts: 0, sent_at: null }]);
    expect(forPending).toEqual(forKnown);
    expect(forUnknown).toEqual(forKnown);
  }
});
