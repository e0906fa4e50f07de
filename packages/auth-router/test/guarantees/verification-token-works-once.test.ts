import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const day = 24 * 60 * 60;

test('a verification token has 256 bits, and only its hash is stored (R-REG-10)', async () => {
  const tokens = [(await pendingPerson(router)).token, (await pendingPerson(router)).token];
  for (const token of tokens) {
    const [, body = ''] = /^lkv_([\w-]{43})[\w-]{6}$/.exec(token) ?? [];
    expect(Buffer.from(body, 'base64url')).toHaveLength(32);
    const stored = await rows(
      router,
      `select * from latchkey.one_time_token where token_hash = '\\x${createHash('sha256').update(token).digest('hex')}'`,
    );
    expect(stored).toMatchObject([{ purpose: 'verify_email' }]);
    expect(JSON.stringify(stored)).not.toContain(body);
  }
  expect(tokens[0]).not.toBe(tokens[1]);
});

test('it works once (R-REG-10)', async () => {
  const { browser, token, password } = await pendingPerson(router);
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
  for (const again of [browser, router.browser()]) {
    expect(await again.refusalOf('registration.verifyEmail', { token, password })).toBe('invalid_token');
  }
});

test('it works for a day and no longer (R-REG-10)', async () => {
  const early = await pendingPerson(router);
  const late = await pendingPerson(router);
  router.clock.advance(day - 2);
  expect((await early.browser.call('registration.verifyEmail', { token: early.token })).data).toMatchObject({ status: 'authenticated' });
  router.clock.advance(2);
  const { token, password } = late;
  expect(await late.browser.refusalOf('registration.verifyEmail', { token, password })).toBe('invalid_token');
});

test('a newer one takes its place: two are never good (R-REG-10)', async () => {
  const { browser, email, token } = await pendingPerson(router);
  router.clock.advance(1);
  await browser.call('registration.resendVerification', { email });
  const newer = (await router.lastMail('verify_email', email)).token;
  expect(newer).not.toBe(token);
  expect(await browser.refusalOf('registration.verifyEmail', { token })).toBe('invalid_token');
  expect((await browser.call('registration.verifyEmail', { token: newer })).data).toMatchObject({ status: 'authenticated' });
});

test('it opens the registration it was mailed for, whatever came after it (R-REG-10)', async () => {
  const first = await pendingPerson(router);
  await pendingPerson(router, { ...newDetails(), email: first.email });
  const { data } = await first.browser.call('registration.verifyEmail', { token: first.token });
  expect(data).toMatchObject({ status: 'authenticated', user: { email: first.email, username: first.username } });
});

test('nothing else is a verification token: not one of another kind, not one with a letter changed (R-REG-10)', async () => {
  const { browser, token } = await pendingPerson(router);
  const other = await signedInPerson(router);
  await other.browser.call('password.requestReset', { email: other.email });
  await other.browser.call('registration.requestEmailChange', { email: newDetails().email });
  const reset = (await router.lastMail('reset_password', other.email)).token;
  const change = (await router.lastMail('confirm_email_change')).token;
  const asVerification = (text: string) => `lkv_${text.slice(4)}`;
  const swapped = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
  for (const wrong of [reset, change, asVerification(reset), asVerification(change), swapped, token.toLowerCase(), `${token} `, 'x']) {
    expect(await browser.refusalOf('registration.verifyEmail', { token: wrong })).toBe('invalid_token');
  }
  expect(await browser.refusalOf('password.confirmReset', { token, newPassword: 'another pass phrase' })).toBe('invalid_token');
  expect(await other.browser.refusalOf('registration.confirmEmailChange', { token })).toBe('invalid_token');
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
});
