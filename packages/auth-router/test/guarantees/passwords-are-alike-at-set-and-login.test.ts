import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { resetTokenOf } from '../reset-token.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

/** Ways to choose a password: each answers the refusal, and then logs in with what was chosen. */
const ways = ['registration', 'change', 'reset'] as const;

async function chooser(way: (typeof ways)[number]) {
  if (way === 'registration') {
    const { email } = newDetails();
    const browser = router.browser();
    return { email, choose: async (password: string) => (await browser.call('registration.register', { email, password })).refusal };
  }
  const { browser, email, password: currentPassword } = await signedInPerson(router);
  if (way === 'change')
    return {
      email,
      choose: async (newPassword: string) => (await browser.call('password.change', { currentPassword, newPassword })).refusal,
    };
  const token = await resetTokenOf(router, email);
  return { email, choose: async (newPassword: string) => (await browser.call('password.confirmReset', { token, newPassword })).refusal };
}

const right = { registration: 'email_verification_required', change: 'authenticated', reset: 'authenticated' };

describe.each(ways)('chosen by %s', (way) => {
  test('a password is right in every normal form and to its last byte (R-PWD-02, R-PWD-04)', async () => {
    const composed = 'Çä\u00e9 漢字 🐶 \u1e9b\u0323'.padEnd(127, 'long ').concat('z').normalize('NFC');
    const { email, choose } = await chooser(way);
    expect(await choose(composed.normalize('NFD'))).toBeNull();
    const statusFor = async (password: string) => {
      const { data, refusal } = await router.browser().call('auth.login', { identifier: email, password });
      return refusal?.reason ?? data?.['status'];
    };
    expect(await statusFor(composed)).toBe(right[way]);
    expect(await statusFor(composed.normalize('NFD'))).toBe(right[way]);
    for (const wrong of [
      `${composed.slice(0, -1)}y`,
      composed.slice(0, -1),
      `${composed}z`,
      composed.normalize('NFKC'),
      composed.toUpperCase(),
      ` ${composed}`,
      `${composed}\0`,
      `${composed}\ud800`,
    ]) {
      expect(await statusFor(wrong)).toBe('invalid_credentials');
    }
  });

  test('what cannot be used is refused with the reason, and is merely wrong at login (R-PWD-02, R-PWD-04, R-PWD-05)', async () => {
    const { email, choose } = await chooser(way);
    const refused: [string, string][] = [
      ['\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00', 'too_short'],
      ['x1'.repeat(65), 'too_long'],
      ['x1'.repeat(1024), 'too_long'],
      ['nothing after\0 this', 'unusable_characters'],
      ['half \ud83d a character', 'unusable_characters'],
      ['QWERTYUIOP', 'common'],
      [email, 'personal'],
      ['Latchkey-1', 'personal'],
    ];
    for (const [password, code] of refused) {
      expect(await choose(password)).toMatchObject({
        reason: 'weak_password',
        fields: [{ code, message: expect.stringMatching(/\w{3}/) }],
      });
      expect(await router.browser().refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
    }
    expect(await router.browser().refusalOf('auth.login', { identifier: email, password: 'x'.repeat(2049) })).toBe('invalid_input');
  });

  test('a password of one kind of character will do, and goes on doing (R-PWD-03)', async () => {
    const { email, choose } = await chooser(way);
    expect(await choose('onlysmallletters')).toBeNull();
    router.clock.advance(way === 'registration' ? 60 : 10 * 365 * 24 * 60 * 60);
    const { data } = await router.browser().call('auth.login', { identifier: email, password: 'onlysmallletters' });
    expect(data).toMatchObject({ status: right[way] });
  });
});
