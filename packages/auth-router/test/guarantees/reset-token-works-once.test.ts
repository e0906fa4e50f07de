import { createHash } from 'node:crypto';
import type { Refusal } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { pendingPerson } from '../pending-person.ts';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const newPassword = 'another pass phrase';

async function refusalFor(token: string): Promise<Refusal | null> {
  return (await router.browser().call('password.confirmReset', { token, newPassword: 'one more pass phrase' })).refusal;
}

test('a reset token has 256 bits, and only its hash is stored (R-PWD-11)', async () => {
  const { email } = await signedInPerson(router);
  const token = await resetTokenOf(router, email);
  const [, body = ''] = /^lkp_([\w-]{43})[\w-]{6}$/.exec(token) ?? [];
  expect(Buffer.from(body, 'base64url')).toHaveLength(32);
  const stored = await rows(
    router,
    `select * from latchkey.one_time_token where token_hash = '\\x${createHash('sha256').update(token).digest('hex')}'`,
  );
  expect(stored).toMatchObject([{ purpose: 'reset_password', email }]);
  expect(JSON.stringify(stored)).not.toContain(body);
});

test('every dead token looks like one that never was: used, expired, replaced, of another kind, made up (R-PWD-11)', async () => {
  const { browser, email } = await signedInPerson(router);
  const used = await resetTokenOf(router, email);
  expect((await browser.call('password.confirmReset', { token: used, newPassword })).data).toEqual({ status: 'reset' });
  const expired = await resetTokenOf(router, (await signedInPerson(router)).email);
  router.clock.advance(30 * 60);
  const replaced = await resetTokenOf(router, email);
  const living = await resetTokenOf(router, email);
  const { token: verification } = await pendingPerson(router);
  const unknown = `${living.slice(0, 20)}${living[20] === 'A' ? 'B' : 'A'}${living.slice(21)}`;

  const dead = [
    used,
    expired,
    replaced,
    verification,
    `lkp_${verification.slice(4)}`,
    unknown,
    living.toLowerCase(),
    ` ${living}`,
    'x',
    '\0',
  ];
  const refusals = await Promise.all(dead.map(refusalFor));
  expect(refusals[0]).toMatchObject({ reason: 'invalid_token', retryAfterSeconds: null, fields: [] });
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  expect((await browser.call('password.confirmReset', { token: living, newPassword })).data).toEqual({ status: 'reset' });
});

test('it works for half an hour and no longer (R-PWD-11)', async () => {
  const [early, late] = [await signedInPerson(router), await signedInPerson(router)];
  const tokens = [await resetTokenOf(router, early.email), await resetTokenOf(router, late.email)];
  router.clock.advance(30 * 60 - 2);
  expect(await refusalFor(tokens[0] ?? '')).toBeNull();
  router.clock.advance(2);
  expect(await refusalFor(tokens[1] ?? '')).toMatchObject({ reason: 'invalid_token' });
});

test('a used token is dead whatever the next password is: it is not asked whether that would do (R-PWD-11)', async () => {
  const { browser, email } = await signedInPerson(router);
  const token = await resetTokenOf(router, email);
  await browser.call('password.confirmReset', { token, newPassword });
  expect(await browser.refusalOf('password.confirmReset', { token, newPassword: 'short' })).toBe('invalid_token');
});

test('a changed password or address ends it (R-PWD-11)', async () => {
  const changed = await signedInPerson(router);
  const first = await resetTokenOf(router, changed.email);
  await changed.browser.call('password.change', { currentPassword: changed.password, newPassword });
  expect(await refusalFor(first)).toMatchObject({ reason: 'invalid_token' });

  const moved = await signedInPerson(router);
  const second = await resetTokenOf(router, moved.email);
  const { email } = newDetails();
  await moved.browser.call('registration.requestEmailChange', { email });
  await moved.browser.call('registration.confirmEmailChange', { token: (await router.lastMail('confirm_email_change', email)).token });
  expect(await refusalFor(second)).toMatchObject({ reason: 'invalid_token' });
});
