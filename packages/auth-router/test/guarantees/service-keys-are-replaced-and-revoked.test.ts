import {
  createServiceAccount,
  defaultPolicy,
  listServiceAccounts,
  Refusal,
  revokeServiceAccount,
  rotateServiceKey,
} from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

const hour = 3600;
let router: TestRouter;
let name: string;
let key: string;
let service: TestBrowser;
let count = 0;

beforeAll(async () => {
  const limits = { ...defaultPolicy.limits, service: { ip: [], account: [{ points: 3, seconds: 60 }] } };
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true, limits } });
});
afterAll(() => router.close());
beforeEach(async () => {
  await rows(router, 'truncate latchkey."limit"');
  count += 1;
  name = `service-${count}`;
  key = (await createServiceAccount(router.core, { name, scopes: ['users:read'] })).key;
  service = await withKey(key);
});

async function withKey(serviceKey: string): Promise<TestBrowser> {
  const browser = router.browser();
  const { data, refusal } = await browser.call<{ accessToken: string }>('auth.serviceToken', { serviceKey });
  if (!data) throw refusal;
  browser.bearer = data.accessToken;
  return browser;
}

const isGood = async (serviceKey: string) => (await router.browser().refusalOf('auth.serviceToken', { serviceKey })) === null;
const mayFind = async (browser = service) => (await browser.refusalOf('auth.users.find', { ids: [] })) === null;

describe('a replaced key stays good for its overlap, and not a second longer', () => {
  test('until the end of the overlap both are good', async () => {
    const { key: next } = await rotateServiceKey(router.core, { name, overlapSeconds: hour });
    expect(next).not.toBe(key);
    router.clock.advance(hour - 1);
    expect([await isGood(key), await isGood(next)]).toEqual([true, true]);
    router.clock.advance(1);
    expect([await isGood(key), await isGood(next)]).toEqual([false, true]);
  });

  test('without an overlap the old key is over at once; the tokens made from it live out their minutes', async () => {
    const { key: next } = await rotateServiceKey(router.core, { name, overlapSeconds: 0 });
    expect([await isGood(key), await isGood(next), await mayFind()]).toEqual([false, true, true]);
  });

  test('a second rotation makes no earlier key good for longer', async () => {
    const { key: second } = await rotateServiceKey(router.core, { name, overlapSeconds: hour });
    router.clock.advance(60);
    const { key: third } = await rotateServiceKey(router.core, { name, overlapSeconds: 24 * hour });
    router.clock.advance(hour - 60);
    expect([await isGood(key), await isGood(second), await isGood(third)]).toEqual([false, true, true]);
    await rotateServiceKey(router.core, { name, overlapSeconds: 0 });
    expect([await isGood(second), await isGood(third)]).toEqual([false, false]);
  });

  test('an overlap has 90 days at most, and only a living account has keys to replace', async () => {
    for (const overlapSeconds of [-1, 90 * 24 * hour + 1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(rotateServiceKey(router.core, { name, overlapSeconds })).rejects.toMatchObject({ reason: 'invalid_input' });
    await expect(rotateServiceKey(router.core, { name: 'nobody', overlapSeconds: 0 })).rejects.toEqual(new Refusal('not_found'));
    expect(await isGood(key)).toBe(true);
  });
});

test('a revoked account is over at once, its keys, its tokens and its name with it', async () => {
  const { key: next } = await rotateServiceKey(router.core, { name, overlapSeconds: hour });
  expect(await mayFind()).toBe(true);
  await revokeServiceAccount(router.core, { name });
  expect([await mayFind(), await isGood(key), await isGood(next)]).toEqual([false, false, false]);
  await expect(revokeServiceAccount(router.core, { name })).rejects.toEqual(new Refusal('not_found'));
  await expect(rotateServiceKey(router.core, { name, overlapSeconds: 0 })).rejects.toEqual(new Refusal('not_found'));
  await expect(createServiceAccount(router.core, { name, scopes: ['users:read'] })).rejects.toMatchObject({ reason: 'invalid_input' });
  const account = (await listServiceAccounts(router.core)).find((candidate) => candidate.name === name);
  expect(account).toMatchObject({ revokedAt: router.clock.now(), keys: [{}, {}] });
  const events = await rows(router, `select event from latchkey.audit where service_account_id = '${account?.id}' order by id`);
  expect(events.map(({ event }) => event)).toEqual([
    'service_account_create',
    'service_token_created',
    'service_key_rotate',
    'service_account_revoke',
  ]);
});

test.each([
  ['', ['users:read']],
  ['Upper', ['users:read']],
  ['-a', ['users:read']],
  ['a'.repeat(64), ['users:read']],
  ['good', []],
  ['good', ['users:write']],
])('no account is made of the name %j with the scopes %j', async (badName, scopes) => {
  await expect(createServiceAccount(router.core, { name: badName, scopes: scopes as never })).rejects.toMatchObject({
    reason: 'invalid_input',
  });
  expect((await listServiceAccounts(router.core)).map((account) => account.name)).not.toContain(badName);
});

test('of parallel attempts to make one account one succeeds', async () => {
  const made = await Promise.allSettled(
    Array.from({ length: 8 }, () => createServiceAccount(router.core, { name: 'race', scopes: ['users:read'] })),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const attempt of made) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ reason: 'invalid_input' });
});

describe('services have limits too', () => {
  test('a key is exchanged thirty times a minute', async () => {
    const reasons: (string | null)[] = [];
    for (let made = 0; made < 31; made += 1)
      reasons.push(await router.browser({ ip: `198.51.100.${made}` }).refusalOf('auth.serviceToken', { serviceKey: key }));
    expect(reasons.slice(0, 29)).toEqual(Array(29).fill(null));
    expect(reasons.slice(29)).toEqual(['too_many_attempts', 'too_many_attempts']);
  });

  test('an address may try sixty keys a minute', async () => {
    const reasons: (string | null)[] = [];
    for (let made = 0; made < 61; made += 1)
      reasons.push(await router.browser({ ip: '203.0.113.1' }).refusalOf('auth.serviceToken', { serviceKey: `key ${made}` }));
    expect(reasons).toEqual([...Array(60).fill('invalid_credentials'), 'too_many_attempts']);
  });

  test('calls of a service are counted for the service, and 600 a minute are the rule', async () => {
    const other = await createServiceAccount(router.core, { name: `other-${count}`, scopes: ['users:read'] });
    const allowed = [];
    for (let made = 0; made < 4; made += 1) allowed.push(await mayFind());
    expect(allowed).toEqual([true, true, true, false]);
    expect(await service.refusalOf('auth.users.find', { ids: [] })).toBe('too_many_attempts');
    expect(await mayFind(await withKey(other.key))).toBe(true);
    expect(defaultPolicy.limits.service.account).toEqual([{ points: 600, seconds: 60 }]);
  });
});
