import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createAuthRouter, describeProcedures } from '../src/auth-router.ts';
import { signedInPerson } from './test-person.ts';
import { openTestRouter, type TestRouter } from './test-router.ts';

/** Every procedure there is, and who may call it. A new one is written down here first. */
const inventory = {
  'auth.deleteUser': 'mutation fresh',
  'auth.login': 'mutation anyone',
  'auth.logout': 'mutation anyone',
  'auth.reauthenticate': 'mutation signed_in',
  'auth.refresh': 'mutation anyone',
  'auth.serviceToken': 'mutation anyone',
  'auth.session': 'query anyone',
  'auth.sessions.list': 'query signed_in',
  'auth.sessions.revoke': 'mutation signed_in',
  'auth.sessions.revokeOthers': 'mutation signed_in',
  'auth.updateUser': 'mutation signed_in',
  'auth.user': 'query signed_in',
  'auth.users.find': 'query service users:read',
  'auth.users.revokeSessions': 'mutation service sessions:revoke',
  'auth.verifyToken': 'mutation anyone',
  'password.change': 'mutation signed_in',
  'password.confirmReset': 'mutation anyone',
  'password.requestReset': 'mutation anyone',
  'password.set': 'mutation fresh',
  'registration.confirmEmailChange': 'mutation signed_in',
  'registration.register': 'mutation anyone',
  'registration.requestEmailChange': 'mutation fresh',
  'registration.resendVerification': 'mutation anyone',
  'registration.verifyEmail': 'mutation anyone',
} as const;

/** An input that each procedure takes, so that only who calls can be against it. */
const inputs: Record<string, unknown> = {
  'auth.login': { identifier: 'nobody@example.com', password: 'a pass phrase' },
  'auth.reauthenticate': { password: 'a pass phrase' },
  'auth.refresh': { refreshToken: 'x' },
  'auth.serviceToken': { serviceKey: 'x' },
  'auth.sessions.revoke': { sessionId: '00000000-0000-4000-8000-000000000000' },
  'auth.updateUser': { firstName: 'Ada' },
  'auth.users.find': { ids: [] },
  'auth.users.revokeSessions': { userId: '00000000-0000-4000-8000-000000000000' },
  'auth.verifyToken': { token: 'x' },
  'password.change': { currentPassword: 'a pass phrase', newPassword: 'another pass phrase' },
  'password.confirmReset': { token: 'x', newPassword: 'another pass phrase' },
  'password.requestReset': { email: 'nobody@example.com' },
  'password.set': { newPassword: 'another pass phrase' },
  'registration.confirmEmailChange': { token: 'x' },
  'registration.register': { email: 'nobody@example.com', password: 'a pass phrase' },
  'registration.requestEmailChange': { email: 'nobody@example.com' },
  'registration.resendVerification': { email: 'nobody@example.com' },
  'registration.verifyEmail': { token: 'x' },
};

let router: TestRouter;
beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

const procedures = () => describeProcedures(createAuthRouter({ core: router.core }).authRouter);
const pathsOf = (access: string) => Object.entries(inventory).flatMap(([path, kind]) => (kind.split(' ')[1] === access ? [path] : []));

test('the router has these procedures and no other, each for those it says it is for (R-TRN-17)', () => {
  const found = procedures().map(({ path, type, access, scope }) => [path, [type, access, scope].filter(Boolean).join(' ')]);
  expect(Object.fromEntries(found)).toEqual(inventory);
});

test('an application that merges the router gets the same, below whatever name it likes (R-TRN-17)', () => {
  const { authRouters, router: build } = createAuthRouter({ core: router.core });
  const merged = describeProcedures(build({ account: build(authRouters) }));
  expect(merged.map(({ path }) => path)).toEqual(Object.keys(inventory).map((path) => `account.${path}`));
});

test('whoever is nobody is refused by every procedure that is not for anyone (R-TRN-17)', async () => {
  for (const access of ['signed_in', 'fresh', 'service']) {
    for (const path of pathsOf(access))
      expect([path, await router.browser().refusalOf(path, inputs[path])]).toEqual([path, 'not_authenticated']);
  }
});

test('what is for anyone is refused to nobody for being nobody (R-TRN-17)', async () => {
  for (const path of pathsOf('anyone').filter((path) => path !== 'auth.refresh')) {
    const reason = await router.browser().refusalOf(path, inputs[path]);
    expect([path, reason]).not.toEqual([path, 'not_authenticated']);
  }
});

test('what needs a fresh proof is refused ten minutes after the last one (R-TRN-17)', async () => {
  const { browser } = await signedInPerson(router);
  router.clock.advance(10 * 60 + 1);
  for (const path of pathsOf('fresh').filter((path) => path !== 'password.set')) {
    expect([path, await browser.refusalOf(path, inputs[path])]).toEqual([path, 'reauthentication_required']);
  }
  expect((await browser.call('auth.session')).data).not.toBeNull();
});

test('a person is no service, whatever they are signed in with (R-TRN-17)', async () => {
  const person = await signedInPerson(router);
  const caller = router.browser({ credentials: 'token' });
  const login = await caller.call<{ tokens: { accessToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  caller.bearer = login.data?.tokens.accessToken ?? null;
  expect((await caller.call('auth.session')).data).not.toBeNull();
  for (const path of pathsOf('service')) expect(await caller.refusalOf(path, inputs[path])).toBe('not_authenticated');
});
