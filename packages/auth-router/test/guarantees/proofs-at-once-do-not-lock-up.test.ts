import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pendingPerson } from '../pending-person.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let mandatory: TestRouter;
let optional: TestRouter;

beforeAll(async () => {
  mandatory = await openTestRouter(inject('databaseUrl'));
  optional = await openTestRouter(inject('databaseUrl'), { policy: { emailVerification: 'optional' } });
});
afterAll(async () => {
  await mandatory.close();
  await optional.close();
});

const rounds = 25;
const newPassword = 'another pass phrase';

/** Reasons of refusal; a deadlock shows as `overloaded`, after the second that PostgreSQL takes to notice. */
async function reasonsOf(calls: Promise<string | null>[]): Promise<(string | null)[]> {
  return [...new Set(await Promise.all(calls))].sort();
}

test('proving a registration, resetting it, and asking for more mail at once: one is let in, and none has to wait for ever (R-REG-10, R-PWD-11)', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { browser, email, token } = await pendingPerson(mandatory);
    const reset = await resetTokenOf(mandatory, email);
    const [proven, wasReset, ...others] = await Promise.all([
      browser.refusalOf('registration.verifyEmail', { token }),
      mandatory.browser().refusalOf('password.confirmReset', { token: reset, newPassword }),
      mandatory.browser().refusalOf('registration.register', { ...newDetails(), email }),
      mandatory.browser().refusalOf('password.requestReset', { email }),
      mandatory.browser().refusalOf('registration.resendVerification', { email }),
      mandatory.mails().then(() => null),
    ]);
    expect([proven, wasReset].filter((reason) => reason === null)).toHaveLength(1);
    expect([proven, wasReset].filter((reason) => reason !== null)).toEqual(['invalid_token']);
    expect(others).toEqual([null, null, null, null]);
  }
});

test('the same for an account: a proof, a reset, a change of password and one of address at once (R-REG-10, R-PWD-11)', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { email, password } = newDetails();
    const app = optional.browser({ credentials: 'token' });
    const { data } = await app.call<{ tokens: { accessToken: string } }>('registration.register', { email, password });
    app.bearer = data?.tokens.accessToken ?? '';
    const to = newDetails().email;
    await app.call('registration.requestEmailChange', { email: to });
    const change = (await optional.lastMail('confirm_email_change', to)).token;
    const proof = (await optional.lastMail('verify_email', email)).token;
    const reset = await resetTokenOf(optional, email);
    await optional.browser().call('password.requestReset', { email: newDetails().email });
    const reasons = await reasonsOf([
      app.refusalOf('registration.verifyEmail', { token: proof }),
      optional.browser().refusalOf('password.confirmReset', { token: reset, newPassword }),
      app.refusalOf('password.change', { currentPassword: password, newPassword: 'one more pass phrase' }),
      app.refusalOf('registration.confirmEmailChange', { token: change }),
      app.refusalOf('registration.requestEmailChange', { email: newDetails().email }),
      optional.browser().refusalOf('password.requestReset', { email }),
      optional.mails().then(() => null),
    ]);
    expect(reasons).toContain(null);
    expect(['overloaded', 'internal'].filter((reason) => reasons.includes(reason))).toEqual([]);
  }
});
