import { defaultPolicy, recordRefusal, recordStart } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

type Row = Record<'event' | 'result', string> &
  Record<'reason' | 'user_id' | 'session_id' | 'ip' | 'user_agent' | 'request_id', string | null>;

let router: TestRouter;
let limited: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
  limited = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(async () => {
  await router.close();
  await limited.close();
});

async function recorded({ core }: TestRouter): Promise<Row[]> {
  return core.db.execute<Row>('select * from latchkey.audit order by id') as unknown as Promise<Row[]>;
}

/** What was recorded by an act, as short lines. */
async function eventsOf(act: () => Promise<unknown>, of = router): Promise<string[]> {
  const before = (await recorded(of)).length;
  await act();
  return (await recorded(of)).slice(before).map(({ event, result, reason }) => [event, result, reason].filter(Boolean).join(' '));
}

function login(person: Pick<TestPerson, 'email' | 'password'>, password = person.password) {
  return { identifier: person.email, password };
}

test('every act of a life is recorded by its own event (R-OPS-04)', async () => {
  const { email, username, password } = newDetails();
  const browser = router.browser();
  const call = (path: string, input?: unknown) => eventsOf(() => browser.call(path, input));
  expect(await call('registration.register', { email, username, password })).toEqual(['registration ok']);
  const { token } = await router.lastMail('verify_email', email);
  expect(await call('registration.verifyEmail', { token })).toEqual(['email_verify ok', 'authn_login_success ok']);
  expect(await call('auth.reauthenticate', { password })).toEqual(['sudo_ok ok']);
  expect(await call('auth.reauthenticate', { password: 'wrong' })).toEqual(['sudo_fail refused invalid_credentials']);
  expect(await call('password.change', { currentPassword: 'wrong', newPassword: 'a new pass phrase' })).toEqual([
    'authn_password_change_fail refused invalid_credentials',
  ]);
  expect(await call('password.change', { currentPassword: password, newPassword: 'a new pass phrase' })).toEqual([
    'authn_password_change ok',
  ]);
  expect(await call('registration.requestEmailChange', { email: `new-${email}` })).toEqual(['email_change_request ok']);
  const change = await router.lastMail('confirm_email_change', `new-${email}`);
  expect(await call('registration.confirmEmailChange', { token: change.token })).toEqual(['email_change_confirm ok']);
  let reset = { token: '' };
  const asked = await eventsOf(async () => {
    await browser.call('password.requestReset', { email: `new-${email}` });
    // It is looked up, and recorded, after the answer.
    reset = await router.lastMail('reset_password', `new-${email}`);
  });
  expect(asked).toEqual(['password_reset_request ok']);
  expect(await call('password.confirmReset', { token: reset.token, newPassword: password })).toEqual([
    'authn_password_change ok',
    'password_reset_consume ok',
  ]);
  expect(await call('auth.login', login({ email: `new-${email}`, password }, 'wrong'))).toEqual([
    'authn_login_fail refused invalid_credentials',
  ]);
  expect(await call('auth.login', login({ email: `new-${email}`, password }))).toEqual(['authn_login_success ok']);
  expect(await call('auth.logout')).toEqual(['authn_logout ok']);
  expect(await call('auth.login', login({ email: `new-${email}`, password }))).toEqual(['authn_login_success ok']);
  expect(await call('auth.deleteUser')).toEqual(['account_delete ok']);
});

test('sessions, tokens and their reuse are recorded (R-OPS-04)', async () => {
  const person = await signedInPerson(router);
  const token = router.browser({ credentials: 'token' });
  let refreshToken = '';
  const loggedIn = await eventsOf(async () => {
    const { data } = await token.call<{ session: { id: string }; tokens: { refreshToken: string } }>('auth.login', login(person));
    refreshToken = data?.tokens.refreshToken ?? '';
  });
  expect(loggedIn).toEqual(['authn_login_success ok', 'authn_token_created ok']);
  await token.call('auth.refresh', { refreshToken });
  router.clock.advance(60);
  expect(await eventsOf(() => token.call('auth.refresh', { refreshToken }))).toEqual(['authn_token_reuse refused']);
  const other = router.browser();
  await other.call('auth.login', login(person));
  const [session] =
    (await other.call<{ id: string; current: boolean }[]>('auth.sessions.list')).data?.filter(({ current }) => current) ?? [];
  expect(await eventsOf(() => person.browser.call('auth.sessions.revoke', { sessionId: session?.id }))).toEqual(['session_revoke ok']);
  const revokeOthers = () => person.browser.call('auth.sessions.revokeOthers');
  expect(await eventsOf(revokeOthers)).toEqual([]);
  await router.browser().call('auth.login', login(person));
  expect(await eventsOf(revokeOthers)).toEqual(['session_revoke_all ok']);
});

test('failures that end in a success, and those that end in a lock, are told apart (R-OPS-04)', async () => {
  const strict = await openTestRouter(inject('databaseUrl'), {
    policy: {
      limitsEnabled: true,
      loginDelay: { freeFailures: 50, maxSeconds: 60, lockAfter: 5, rememberSeconds: 3600 },
      limits: roomyLogin(),
    },
  });
  const person = await signedInPerson(strict);
  const stranger = strict.browser();
  const fail = () => stranger.call('auth.login', login(person, 'wrong'));
  expect(await eventsOf(async () => [await fail(), await fail(), await fail()], strict)).toHaveLength(3);
  expect(await eventsOf(() => stranger.call('auth.login', login(person)), strict)).toEqual(['authn_login_successafterfail ok']);
  const attacker = strict.browser({ ip: '192.0.2.66' });
  const failed = [];
  for (let count = 0; count < 5; count += 1)
    failed.push(...(await eventsOf(() => attacker.call('auth.login', login(person, 'wrong')), strict)));
  expect(failed.at(-1)).toBe('authn_login_fail_max refused invalid_credentials');
  await strict.close();
});

test('a call too many is recorded with what was asked for, and a flood of them is not written down for ever (R-OPS-04)', async () => {
  const browser = limited.browser({ ip: '192.0.2.7' });
  const ask = () => browser.call('password.requestReset', { email: 'nobody@example.com' });
  await ask();
  const events = await eventsOf(ask, limited);
  expect(events).toEqual(['excess_rate_limit_exceeded refused too_many_attempts: password.requestReset']);
  expect((await recorded(limited)).at(-1)).toMatchObject({ ip: '192.0.2.7', user_agent: 'Test browser', request_id: 'test-request' });
  const flood = await eventsOf(async () => {
    for (let count = 0; count < 100; count += 1) await ask();
  }, limited);
  expect(flood.length).toBe(9);
});

test('a demand for a fresh proof is recorded with who was asked (R-OPS-04)', async () => {
  const person = await signedInPerson(router);
  router.clock.advance(11 * 60);
  expect(await eventsOf(() => person.browser.call('auth.deleteUser'))).toEqual([
    'authz_fail refused reauthentication_required: auth.deleteUser',
  ]);
  expect((await recorded(router)).at(-1)).toMatchObject({ user_id: person.userId, session_id: expect.any(String) });
});

test('writes from elsewhere, a start, and a new signing key are recorded (R-OPS-04)', async () => {
  const origin = { ip: '192.0.2.9', userAgent: 'evil', requestId: 'r' };
  const { core } = router;
  expect(await eventsOf(() => recordRefusal(core, 'origin_refused', 'auth.logout', origin, null))).toEqual([
    'malicious_csrf refused origin_refused: auth.logout',
  ]);
  // Not even a name that PostgreSQL would not store keeps it from being recorded.
  expect(await eventsOf(() => recordRefusal(core, 'origin_refused', 'auth\0\n"<x>', origin, null))).toEqual([
    'malicious_csrf refused origin_refused: auth????x?',
  ]);
  expect(await eventsOf(() => recordStart(core))).toEqual(['config_start ok']);
  router.clock.advance(90 * 24 * 3600);
  expect(await eventsOf(() => core.signingKeys.rotate())).toEqual(['key_rotate ok']);
});

test('each record says who, from where, with what, in which call and when (R-OPS-04)', async () => {
  const person = await signedInPerson(router, router.browser({ ip: '2001:db8::7', userAgent: 'Somebody’s “browser”\u2028' }));
  const row = (await recorded(router)).at(-1);
  expect(row).toMatchObject({
    event: 'authn_login_success',
    user_id: person.userId,
    session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ip: '2001:db8::7',
    user_agent: 'Somebody’s “browser”\u2028',
    request_id: 'test-request',
    occurred_at: expect.anything(),
  });
});

test('no record holds a password, a token or an address (R-OPS-04)', async () => {
  const person = await signedInPerson(router);
  await person.browser.call('auth.login', login(person, `${person.password} wrong`));
  await person.browser.call('password.requestReset', { email: person.email });
  const secrets = [person.password, person.email, person.username, ...person.browser.cookies.values()];
  secrets.push((await router.lastMail('reset_password', person.email)).token);
  const text = JSON.stringify(await recorded(router));
  for (const secret of secrets) expect(text).not.toContain(secret);
});

test.each([
  "update latchkey.audit set event = 'x'",
  'delete from latchkey.audit',
  'truncate latchkey.audit',
  "delete from latchkey.audit where event = 'authn_login_fail'",
])('what was recorded stays: %s (R-OPS-04)', async (statement) => {
  const before = await recorded(router);
  expect(before.length).toBeGreaterThan(0);
  await expect(router.core.db.execute(statement)).rejects.toMatchObject({ cause: { message: 'latchkey.audit is append-only' } });
  expect(await recorded(router)).toEqual(before);
});

function roomyLogin() {
  const roomy = [{ points: 1000, seconds: 60 }];
  return { ...defaultPolicy.limits, login: { ip: roomy, account: roomy } };
}
