import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { rows } from '../look-inside.ts';
import { newDetails, signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

const fields = z.object({ company: z.string().min(1), plan: z.string().default('free'), city: z.string().nullable().optional() });
let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { fields });
});
afterAll(() => router.close());

const privileged = ['role', 'isAdmin', 'id', 'userId', 'emailVerified', 'emailVerifiedAt', 'passwordHash', 'createdAt', 'emailCanonical'];

/** Every procedure of this area that takes an input, with one that it would look at. */
function inputs(): [string, Record<string, unknown>][] {
  const { email, password } = newDetails();
  return [
    ['registration.register', { email, password, fields: { company: 'Initech' } }],
    ['registration.verifyEmail', { token: 'x' }],
    ['registration.resendVerification', { email }],
    ['registration.requestEmailChange', { email }],
    ['registration.confirmEmailChange', { token: 'x' }],
    ['password.change', { currentPassword: password, newPassword: password }],
    ['password.set', { newPassword: password }],
    ['password.requestReset', { email }],
    ['password.confirmReset', { token: 'x', newPassword: password }],
    ['auth.login', { identifier: email, password }],
    ['auth.updateUser', { firstName: 'Ada' }],
  ];
}

async function registered() {
  const details = newDetails();
  const browser = router.browser();
  await browser.call('registration.register', { ...details, fields: { company: 'Initech', city: 'Pawnee' } });
  const { token } = await router.lastMail('verify_email', details.email);
  await browser.call('registration.verifyEmail', { token });
  return { ...details, browser };
}

test('every procedure refuses a key it does not know, whatever it is called (R-REG-13)', async () => {
  const { browser } = await registered();
  for (const [path, input] of inputs()) {
    expect(await browser.refusalOf(path, input)).not.toBe('invalid_input');
    for (const key of privileged)
      expect([path, key, await browser.refusalOf(path, { ...input, [key]: true })]).toEqual([path, key, 'invalid_input']);
  }
});

test('and so do the application’s fields, at registration and at every change (R-REG-13)', async () => {
  const { browser } = await registered();
  for (const key of [...privileged, 'toString', 'constructor']) {
    const { email, password } = newDetails();
    const register = { email, password, fields: { company: 'Initech', [key]: 'x' } };
    expect(await browser.refusalOf('registration.register', register)).toBe('invalid_input');
    expect(await browser.refusalOf('auth.updateUser', { fields: { [key]: 'x' } })).toBe('invalid_input');
  }
});

test('nothing of a refused registration is kept (R-REG-13)', async () => {
  const { email, password } = newDetails();
  await router.browser().call('registration.register', { email, password, fields: { company: 'Initech' }, role: 'admin' });
  expect(await rows(router, `select from latchkey.registration where email_canonical = '${email}'`)).toEqual([]);
});

describe('the fields of an application', () => {
  test('are stored from registration on, with their defaults, and returned', async () => {
    const { browser } = await registered();
    const expected = { company: 'Initech', plan: 'free', city: 'Pawnee' };
    expect((await browser.call('auth.user')).data).toMatchObject({ fields: expected });
    expect((await browser.call('auth.session')).data).toMatchObject({ user: { fields: expected } });
  });

  test('are missing by name when they are required', async () => {
    const { email, password } = newDetails();
    expect(await router.browser().refusalOf('registration.register', { email, password })).toBe('invalid_input');
    expect(await router.browser().refusalOf('registration.register', { email, password, fields: { city: 'x' } })).toBe('invalid_input');
  });

  test('change one by one: what is not given stays, also against a default', async () => {
    const { browser } = await registered();
    await browser.call('auth.updateUser', { fields: { plan: 'gold' } });
    const { data } = await browser.call('auth.updateUser', { fields: { city: null } });
    expect(data).toMatchObject({ fields: { company: 'Initech', plan: 'gold', city: null } });
    await browser.call('auth.updateUser', { fields: { plan: undefined, company: undefined } });
    await browser.call('auth.updateUser', { fields: {} });
    await browser.call('auth.updateUser', { firstName: 'Ada' });
    expect((await browser.call('auth.user')).data).toMatchObject({
      firstName: 'Ada',
      fields: { company: 'Initech', plan: 'gold', city: null },
    });
  });

  test('change together or not at all', async () => {
    const { browser } = await registered();
    expect(await browser.refusalOf('auth.updateUser', { firstName: 'Ada', fields: { plan: 'gold', company: '' } })).toBe('invalid_input');
    expect((await browser.call('auth.user')).data).toMatchObject({ firstName: '', fields: { plan: 'free' } });
  });

  test('changed at the same time are all kept', async () => {
    const { browser } = await registered();
    await Promise.all(
      [{ plan: 'gold' }, { city: 'Eagleton' }, { company: 'Initrode' }].map((change) =>
        browser.call('auth.updateUser', { fields: change }),
      ),
    );
    expect((await browser.call('auth.user')).data).toMatchObject({ fields: { company: 'Initrode', plan: 'gold', city: 'Eagleton' } });
  });

  test('holding what the database cannot store are bad input, not a failure', async () => {
    const { browser } = await registered();
    for (const city of ['a\0b', 'half \ud800']) {
      const { email, password } = newDetails();
      expect(await browser.refusalOf('registration.register', { email, password, fields: { company: 'x', city } })).toBe('invalid_input');
      expect(await browser.refusalOf('auth.updateUser', { fields: { city } })).toBe('invalid_input');
    }
  });
});

test('an application without fields accepts none (R-REG-13)', async () => {
  const plain = await openTestRouter(inject('databaseUrl'));
  try {
    const { browser } = await signedInPerson(plain);
    const { email, password } = newDetails();
    expect(await browser.refusalOf('registration.register', { email, password, fields: { company: 'x' } })).toBe('invalid_input');
    expect(await browser.refusalOf('auth.updateUser', { fields: { company: 'x' } })).toBe('invalid_input');
    expect((await browser.call('auth.user')).data).toMatchObject({ fields: {} });
  } finally {
    await plain.close();
  }
});

test.each(['auth.user', 'auth.session', 'auth.sessions.revokeOthers', 'social.providers', 'auth.logout'])(
  'what %s was never asked for is refused, and nothing happens (R-REG-13)',
  async (path) => {
    const { browser } = await registered();
    for (const input of [{ keep: ['x'] }, { a: 1 }, ['x'], 'x', 1, true])
      expect((await browser.call(path, input)).refusal).toMatchObject({ reason: 'invalid_input' });
    expect((await browser.call('auth.session')).data).not.toBeNull();
    for (const nothing of [undefined, {}]) expect((await browser.call(path, nothing)).refusal?.reason).not.toBe('invalid_input');
  },
);
