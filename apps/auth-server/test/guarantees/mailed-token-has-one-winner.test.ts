import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Answer, type Browser, openBrowser } from '../browser.ts';
import { patiently } from '../patiently.ts';
import { newPerson, signedInPerson } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { freePort, startTwoServers } from '../start-server.ts';

let two: Awaited<ReturnType<typeof startTwoServers>>;
let origin: string;

beforeAll(async () => {
  origin = `http://localhost:${await freePort()}`;
  two = await startTwoServers(inject('databaseUrl'), { PUBLIC_URL: origin });
});
afterAll(() => two.close());

const parallel = 16;

/** The same browser, cookies and all, talking to one or the other server. */
function onServer(index: number, cookies = new Map<string, string>()): Browser {
  const browser = openBrowser(two.servers[index % 2 === 0 ? 0 : 1].url, { origin });
  for (const [name, value] of cookies) browser.cookies.set(name, value);
  return browser;
}

/** Winners, and the reasons of the others. */
function outcomes(answers: Answer[]): { won: number; reasons: string[] } {
  const reasons = answers.flatMap(({ error }) => (error ? [error.reason] : []));
  return { won: answers.length - reasons.length, reasons: [...new Set(reasons)] };
}

test('of parallel uses of a verification token on two servers one logs in (R-REG-10)', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { browser, email, password } = newPerson(two.servers[0].url, origin);
    await browser.call('registration.register', { email, password });
    const token = await browser.mailedToken('verify-email', email);
    const uses = Array.from({ length: parallel }, (_, index) =>
      onServer(index, browser.cookies).call('registration.verifyEmail', { token }),
    );
    expect(outcomes(await Promise.all(uses))).toEqual({ won: 1, reasons: ['invalid_token'] });
    const sessions = `select s.id from latchkey.session s join latchkey."user" u on u.id = s.user_id where u.email = '${email}'`;
    expect(await query(two.database.url, sessions)).toHaveLength(1);
  }
});

test('of parallel uses of a reset token on two servers one sets its password (R-PWD-11)', async () => {
  const { browser, email } = await signedInPerson(two.servers[0].url, origin);
  await browser.call('password.requestReset', { email });
  const token = await browser.mailedToken('reset-password', email);
  const wishes = Array.from({ length: parallel }, (_, index) => `pass phrase of wish ${index}`);
  const answers = await Promise.all(
    wishes.map((newPassword, index) => patiently(() => onServer(index).call('password.confirmReset', { token, newPassword }))),
  );
  expect(outcomes(answers)).toEqual({ won: 1, reasons: ['invalid_token'] });
  const winner = wishes[answers.findIndex(({ error }) => error === null)] ?? '';
  expect((await onServer(1).call('auth.login', { identifier: email, password: winner })).data).toMatchObject({ status: 'authenticated' });
});

test('of parallel uses of an e-mail-change token on two servers one changes it (R-PWD-14)', async () => {
  const { browser, email } = await signedInPerson(two.servers[0].url, origin);
  const to = newPerson(origin).email;
  await browser.call('registration.requestEmailChange', { email: to });
  const token = await browser.mailedToken('confirm-email-change', to);
  const uses = Array.from({ length: parallel }, (_, index) =>
    onServer(index, browser.cookies).call('registration.confirmEmailChange', { token }),
  );
  expect(outcomes(await Promise.all(uses))).toEqual({ won: 1, reasons: ['invalid_token'] });
  const happened = await query(
    two.database.url,
    `select from latchkey.event where type = 'user.email_changed' and data->>'previousEmail' = '${email}'`,
  );
  expect(happened).toHaveLength(1);
});
