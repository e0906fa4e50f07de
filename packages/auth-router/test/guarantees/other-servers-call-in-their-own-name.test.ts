import { createHash, randomUUID } from 'node:crypto';
import { createServiceAccount, listServiceAccounts, type ServiceScope } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { happened, rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

type Person = { id: string; email: string };

let router: TestRouter;
let person: TestPerson;
let count = 0;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
});

/** A service that holds a token, and what it is known by. */
async function openService(
  scopes: ServiceScope[] = ['users:read', 'sessions:revoke'],
): Promise<{ service: TestBrowser; name: string; key: string }> {
  count += 1;
  const name = `service-${count}`;
  const { key } = await createServiceAccount(router.core, { name, scopes });
  const service = router.browser();
  const { data } = await service.call<{ accessToken: string }>('auth.serviceToken', { serviceKey: key });
  service.bearer = data?.accessToken ?? null;
  return { service, name, key };
}

const accountOf = async (name: string) => (await listServiceAccounts(router.core)).find((account) => account.name === name);

async function auditedFor(name: string): Promise<string[]> {
  const id = (await accountOf(name))?.id;
  const found = await rows(router, `select event, reason from latchkey.audit where service_account_id = '${id}' order by id`);
  return found.map(({ event, reason }) => (reason === null ? String(event) : `${event}: ${reason}`));
}

test('a key has 256 bits, is shown once and is kept only as a hash', async () => {
  const { key, name } = await openService();
  expect(key).toMatch(/^lka_[\w-]{49}$/);
  const stored = JSON.stringify(
    await rows(router, 'select to_jsonb(k) as key, to_jsonb(a) as account from latchkey.service_key k, latchkey.service_account a'),
  );
  expect(stored).toContain(createHash('sha256').update(key).digest('hex'));
  expect(stored).not.toContain(key);
  expect(JSON.stringify(await accountOf(name))).not.toContain(key);
});

test('a key is exchanged for a token of five minutes that says what it may be used for, and its use is noted', async () => {
  const { key, name } = await openService(['users:read']);
  router.clock.advance(60);
  const { data } = await router.browser().call<{ accessToken: string; expiresAt: Date }>('auth.serviceToken', { serviceKey: key });
  const seconds = Math.floor(router.clock.now().getTime() / 1000) + 300;
  expect(data).toEqual({ accessToken: expect.any(String), expiresAt: new Date(seconds * 1000), scopes: ['users:read'] });
  expect((await accountOf(name))?.keys).toEqual([
    { id: expect.any(String), createdAt: expect.any(Date), expiresAt: null, lastUsedAt: router.clock.now() },
  ]);
  expect(await auditedFor(name)).toEqual(['service_account_create', 'service_token_created', 'service_token_created']);
  const service = router.browser();
  service.bearer = data?.accessToken ?? null;
  router.clock.advance(329);
  expect(await service.refusalOf('auth.users.find', { ids: [] })).toBeNull();
  router.clock.advance(1);
  expect(await service.refusalOf('auth.users.find', { ids: [] })).toBe('not_authenticated');
});

test('a key that is unknown, altered or nothing like one gets one answer, which is recorded', async () => {
  const { key } = await openService();
  const before = await rows(router, `select from latchkey.audit where event = 'service_token_fail'`);
  const wrong = [`${key.slice(0, -1)}_`, key.toUpperCase(), `lka_${'A'.repeat(49)}`, 'a key', person.browser.cookies.get('session')];
  for (const serviceKey of wrong) expect(await router.browser().refusalOf('auth.serviceToken', { serviceKey })).toBe('invalid_credentials');
  expect(await rows(router, `select from latchkey.audit where event = 'service_token_fail'`)).toHaveLength(before.length + wrong.length);
});

describe('finding people', () => {
  test('by id and by address, however that is written: each once, and who is not there is left out', async () => {
    const { service } = await openService(['users:read']);
    const other = await signedInPerson(router);
    const { data } = await service.call<Person[]>('auth.users.find', {
      ids: [person.userId, randomUUID(), person.userId],
      emails: [person.email.toUpperCase(), other.email, newDetails().email],
    });
    expect(data?.map(({ id }) => id).sort()).toEqual([person.userId, other.userId].sort());
    expect(Object.keys(data?.[0] ?? {}).sort()).toEqual(
      ['createdAt', 'email', 'emailVerified', 'fields', 'firstName', 'hasPassword', 'id', 'lastLoginAt', 'lastName', 'username'].sort(),
    );
    for (const nobody of [{}, { ids: [] }, { emails: [] }]) expect((await service.call('auth.users.find', nobody)).data).toEqual([]);
  });

  test('a hundred at most, ids and addresses together; no other input', async () => {
    const { service } = await openService(['users:read']);
    const ids = Array.from({ length: 100 }, () => randomUUID());
    expect((await service.call('auth.users.find', { ids: [...ids.slice(1), person.userId] })).data).toHaveLength(1);
    const refused = [
      { ids: [...ids, person.userId] },
      { ids, emails: [person.email] },
      { ids: ['no id'] },
      { emails: ['no address'] },
      { names: ['a'] },
      undefined,
    ];
    for (const input of refused) expect(await service.refusalOf('auth.users.find', input)).toBe('invalid_input');
  });
});

describe('ending sessions', () => {
  test('every session of a person ends, in the name of the service', async () => {
    const { service, name } = await openService(['sessions:revoke']);
    const laptop = router.browser();
    await laptop.call('auth.login', { identifier: person.email, password: person.password });
    expect((await service.call('auth.users.revokeSessions', { userId: person.userId })).data).toEqual({ status: 'revoked', count: 2 });
    for (const browser of [person.browser, laptop]) expect(await browser.refusalOf('auth.user')).toBe('not_authenticated');
    expect(await auditedFor(name)).toContain('session_revoke_all');
    expect((await happened(router, person.userId)).slice(-2)).toMatchObject([{ type: 'session.revoked' }, { type: 'session.revoked' }]);
    expect((await service.call('auth.users.revokeSessions', { userId: person.userId })).data).toEqual({ status: 'revoked', count: 0 });
  });

  test('nobody’s sessions are not found', async () => {
    const { service } = await openService();
    expect(await service.refusalOf('auth.users.revokeSessions', { userId: randomUUID() })).toBe('not_found');
    expect(await service.refusalOf('auth.users.revokeSessions', { userId: 'no id' })).toBe('invalid_input');
  });
});

test('what a service may do is looked up at every call: a scope that is withdrawn is over at once', async () => {
  const { service, name } = await openService(['users:read']);
  const ids = { ids: [person.userId] };
  expect(await service.refusalOf('auth.users.revokeSessions', { userId: person.userId })).toBe('not_authenticated');
  expect(await auditedFor(name)).toContain('authz_fail: sessions:revoke');
  expect(await person.browser.refusalOf('auth.user')).toBeNull();
  await rows(router, `update latchkey.service_account set scopes = '{sessions:revoke}' where name = '${name}'`);
  expect(await service.refusalOf('auth.users.find', ids)).toBe('not_authenticated');
  expect(await service.refusalOf('auth.users.revokeSessions', { userId: person.userId })).toBeNull();
});

describe('services are no people, and people are no services', () => {
  const signedInCalls = ['auth.user', 'auth.sessions.list', 'auth.sessions.revokeOthers', 'auth.deleteUser'];

  test('a service’s token signs nobody in, and is no token of a person', async () => {
    const { service } = await openService();
    for (const path of signedInCalls) expect(await service.refusalOf(path)).toBe('not_authenticated');
    expect((await service.call('auth.session')).data).toBeNull();
    expect((await service.call('auth.verifyToken', { token: service.bearer })).data).toEqual({ active: false });
  });

  test('a person’s cookie and token open nothing of a service’s, and neither does the key itself', async () => {
    const { key } = await openService();
    const phone = router.browser({ credentials: 'token' });
    const login = await phone.call<{ tokens: { accessToken: string } }>('auth.login', {
      identifier: person.email,
      password: person.password,
    });
    for (const bearer of [null, login.data?.tokens.accessToken ?? '', key]) {
      person.browser.bearer = bearer;
      expect(await person.browser.refusalOf('auth.users.find', { ids: [] })).toBe('not_authenticated');
      expect(await person.browser.refusalOf('auth.users.revokeSessions', { userId: person.userId })).toBe('not_authenticated');
    }
  });
});
