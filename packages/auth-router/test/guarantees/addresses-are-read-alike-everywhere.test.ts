import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let known: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  known = await signedInPerson(router);
});
afterAll(() => router.close());

const mailed = async (kind: string) => (await router.mails()).filter((mail) => mail.kind === kind).map((mail) => mail.to);

describe('every spelling in capitals is the same person, and mail goes to the address as it is stored (R-REG-04, R-REG-05)', () => {
  const spelling = () =>
    known.email.replace(/^(.)(.*)@(.*)$/, (_all, first, rest, domain) => `${first}${rest.toUpperCase()}@${domain.toUpperCase()}`);

  test('at login', async () => {
    const { data } = await router.browser().call('auth.login', { identifier: spelling(), password: known.password });
    expect(data).toMatchObject({ status: 'authenticated', user: { id: known.userId, email: known.email } });
  });

  test('at registration', async () => {
    const { password } = newDetails();
    await router.browser().call('registration.register', { email: spelling(), password });
    expect(await mailed('already_registered')).toEqual([known.email]);
  });

  test('at a reset', async () => {
    await router.browser().call('password.requestReset', { email: spelling() });
    expect(await mailed('reset_password')).toEqual([known.email]);
  });

  test('at a change of address', async () => {
    const other = await signedInPerson(router);
    await other.browser.call('registration.requestEmailChange', { email: spelling() });
    expect(await mailed('email_change_refused')).toEqual([known.email]);
    expect(await mailed('confirm_email_change')).toEqual([]);
  });

  test('at another verification mail', async () => {
    const pending = newDetails();
    const asTyped = pending.email.replace('p', 'P');
    await router.browser().call('registration.register', { ...pending, email: asTyped });
    await router.browser().call('registration.resendVerification', { email: pending.email.toUpperCase() });
    const to = (await mailed('verify_email')).filter((address) => address.toLowerCase() === pending.email);
    expect(to).toEqual([asTyped, asTyped]);
  });
});

test('what is no address is refused by every procedure that takes one (R-REG-04)', async () => {
  const { password } = newDetails();
  for (const email of [
    'person',
    ' person@example.com',
    'pers\u043en@example.com',
    'person@example.com\n',
    `${'a'.repeat(65)}@example.com`,
  ]) {
    const asked = [
      await known.browser.refusalOf('registration.register', { email, password }),
      await known.browser.refusalOf('registration.resendVerification', { email }),
      await known.browser.refusalOf('registration.requestEmailChange', { email }),
      await known.browser.refusalOf('password.requestReset', { email }),
    ];
    expect(asked).toEqual(['invalid_input', 'invalid_input', 'invalid_input', 'invalid_input']);
    expect(await known.browser.refusalOf('auth.login', { identifier: email, password })).toBe('invalid_credentials');
  }
});

test('a tag and a dot make other people, who can all register (R-REG-06)', async () => {
  const { email, password } = newDetails();
  const spellings = [email, email.replace('@', '+tag@'), email.replace('p', 'p.')];
  for (const spelling of spellings) {
    const browser = router.browser();
    await browser.call('registration.register', { email: spelling, password });
    const { token } = await router.lastMail('verify_email', spelling);
    expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({
      status: 'authenticated',
      user: { email: spelling },
    });
  }
  const addresses = spellings.map((spelling) => `'${spelling}'`).join(', ');
  expect(await rows(router, `select email from latchkey."user" where email in (${addresses})`)).toHaveLength(3);
});
