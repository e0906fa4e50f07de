import { disconnectSocial, finishSocial } from '@latchkey/user-core';
import { testCaller } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finish, newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import type { TestBrowser } from '../test-router.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter();
});
afterAll(() => router.close());

type Account = { id: string; provider: string; providerAccountId: string };
const accountsOf = async (browser: TestBrowser) => (await browser.call<Account[]>('social.accounts')).data ?? [];
const connect = (me: TestPerson, provider: 'acme' | 'corp', person = newcomerAt(router[provider]).person) =>
  router.comeFrom(provider, person, me.browser, { intent: 'connect' });

/** Somebody without a password, who came by way of a provider. */
async function socialPerson(): Promise<{ browser: TestBrowser; person: string; email: string; userId: string }> {
  const { person, email } = newcomerAt(router.acme);
  const browser = router.browser();
  const { data } = await router.comeFrom('acme', person, browser);
  return { browser, person, email, userId: data?.user?.id ?? '' };
}

async function mailsTo(email: string, kind: string) {
  return (await router.mails()).filter((mail) => mail.to === email && mail.kind === kind);
}

describe('connecting', () => {
  test('needs a session, and a fresh one (R-SOC-10, R-SES-10)', async () => {
    const input = { provider: 'acme', intent: 'connect' };
    expect(await router.browser().refusalOf('social.start', input)).toBe('not_authenticated');
    const me = await signedInPerson(router);
    router.clock.advance(10 * 60);
    expect(await me.browser.refusalOf('social.start', input)).toBe('reauthentication_required');
    await me.browser.call('auth.reauthenticate', { password: me.password });
    expect((await connect(me, 'acme')).data?.status).toBe('connected');
  });

  test('adds a way in, tells the owner, and is an event and a record (R-SOC-10)', async () => {
    const me = await signedInPerson(router);
    const { person, email } = newcomerAt(router.acme);
    const { data } = await router.comeFrom('acme', person, me.browser, { intent: 'connect', returnTo: '/settings' });
    expect(data).toEqual({
      status: 'connected',
      account: {
        id: expect.any(String),
        provider: 'acme',
        providerAccountId: person,
        email,
        connectedAt: expect.any(Date),
        lastLoginAt: null,
      },
      returnTo: '/settings',
    });
    expect(await accountsOf(me.browser)).toEqual([data?.account]);
    expect((await mailsTo(me.email, 'social_connected')).map(({ content }) => content)).toMatchObject([{ provider: 'acme Inc.' }]);
    const events = await router.core.db.query.eventTable.findMany();
    expect(events.filter(({ type, userId }) => type === 'social.connected' && userId === me.userId)).toMatchObject([
      { data: { provider: 'acme' } },
    ]);
    const records = await router.core.db.query.auditTable.findMany();
    expect(records.filter(({ event, userId }) => event === 'social_connect' && userId === me.userId)).toMatchObject([{ result: 'ok' }]);

    const { data: login } = await router.comeFrom('acme', person, router.browser());
    expect(login).toMatchObject({ user: { id: me.userId }, session: { methods: ['social:acme'] } });
    expect((await accountsOf(me.browser))[0]).toMatchObject({ lastLoginAt: expect.any(Date) });
  });

  test('what is connected to somebody else is refused, and gives nothing of theirs (R-SOC-10)', async () => {
    const owner = await socialPerson();
    const me = await signedInPerson(router);
    const input = await router.goTo('acme', owner.person, me.browser, { intent: 'connect' });
    const { data, refusal } = await me.browser.call('social.finish', input);
    expect(data).toBeNull();
    expect(refusal).toMatchObject({ reason: 'social_account_in_use', message: 'social_account_in_use', fields: [] });
    expect((await me.browser.call<{ user: { id: string } }>('auth.session')).data?.user.id).toBe(me.userId);
    expect(await accountsOf(me.browser)).toEqual([]);
    expect(await accountsOf(owner.browser)).toHaveLength(1);
    const records = await router.core.db.query.auditTable.findMany();
    const refused = records.filter(({ event, result }) => event === 'social_connect' && result === 'refused');
    expect(refused.at(-1)).toMatchObject({ userId: me.userId, reason: 'social_account_in_use' });
    expect(JSON.stringify(refused)).not.toContain(owner.userId);
  });

  test('what is connected already stays as it is', async () => {
    const me = await signedInPerson(router);
    const { person } = newcomerAt(router.acme);
    const first = await connect(me, 'acme', person);
    const second = await connect(me, 'acme', person);
    expect(second.data?.account).toEqual(first.data?.account);
    expect(await mailsTo(me.email, 'social_connected')).toHaveLength(1);
  });

  test('one identity to two people at once connects it to one (R-SOC-10)', async () => {
    const { person } = newcomerAt(router.acme);
    const people = await Promise.all([1, 2, 3, 4].map(() => signedInPerson(router)));
    const inputs = await Promise.all(people.map(({ browser }) => router.goTo('acme', person, browser, { intent: 'connect' })));
    const all = await Promise.all(people.map(({ browser }, index) => finish(browser, inputs[index] as (typeof inputs)[number])));
    expect(all.filter(({ data }) => data?.status === 'connected')).toHaveLength(1);
    expect(all.filter(({ reason }) => reason === 'social_account_in_use')).toHaveLength(3);
  });
});

describe('disconnecting', () => {
  test('needs a fresh session, and an account of one’s own (R-SOC-11, R-SES-10)', async () => {
    const [me, other] = [await signedInPerson(router), await signedInPerson(router)];
    const mine = (await connect(me, 'acme')).data?.account?.id ?? '';
    const theirs = (await connect(other, 'acme')).data?.account?.id ?? '';
    expect(await router.browser().refusalOf('social.disconnect', { accountId: mine })).toBe('not_authenticated');
    expect(await me.browser.refusalOf('social.disconnect', { accountId: theirs })).toBe('not_found');
    expect(await me.browser.refusalOf('social.disconnect', { accountId: crypto.randomUUID() })).toBe('not_found');
    router.clock.advance(10 * 60);
    expect(await me.browser.refusalOf('social.disconnect', { accountId: mine })).toBe('reauthentication_required');
    await me.browser.call('auth.reauthenticate', { password: me.password });
    expect((await me.browser.call('social.disconnect', { accountId: mine })).data).toEqual({ status: 'disconnected' });
    expect(await accountsOf(me.browser)).toEqual([]);
    expect(await accountsOf(other.browser)).toHaveLength(1);
  });

  test('tells the owner, and is an event and a record (R-SOC-11)', async () => {
    const me = await signedInPerson(router);
    const accountId = (await connect(me, 'corp')).data?.account?.id ?? '';
    await me.browser.call('social.disconnect', { accountId });
    expect((await mailsTo(me.email, 'social_disconnected')).map(({ content }) => content)).toMatchObject([{ provider: 'corp Inc.' }]);
    const events = await router.core.db.query.eventTable.findMany();
    expect(events.filter(({ type, userId }) => type === 'social.disconnected' && userId === me.userId)).toHaveLength(1);
    const records = await router.core.db.query.auditTable.findMany();
    expect(records.filter(({ event, userId }) => event === 'social_disconnect' && userId === me.userId)).toHaveLength(1);
  });

  test('the last way in is refused; with a password, or another identity, it may go (R-SOC-11)', async () => {
    const me = await socialPerson();
    const [only] = await accountsOf(me.browser);
    const disconnect = (accountId = only?.id) => me.browser.call('social.disconnect', { accountId });
    expect((await disconnect()).refusal?.reason).toBe('last_login_method');
    expect(await accountsOf(me.browser)).toHaveLength(1);
    const second = await router.comeFrom('corp', newcomerAt(router.corp).person, me.browser, { intent: 'connect' });
    expect((await disconnect()).data).toEqual({ status: 'disconnected' });
    expect((await disconnect(second.data?.account?.id)).refusal?.reason).toBe('last_login_method');
    await me.browser.call('password.set', { newPassword: 'a pass phrase of my own' });
    expect((await disconnect(second.data?.account?.id)).data).toEqual({ status: 'disconnected' });
    expect(
      (await router.browser().call('auth.login', { identifier: me.email, password: 'a pass phrase of my own' })).data?.['status'],
    ).toBe('authenticated');
  });

  test('a way in counts when it works: neither a provider that is gone nor an unproven password (R-SOC-11)', async () => {
    const me = await socialPerson();
    const [acme] = await accountsOf(me.browser);
    const second = await router.comeFrom('corp', newcomerAt(router.corp).person, me.browser, { intent: 'connect' });
    const signedIn = (await router.core.db.query.sessionTable.findMany()).find(({ userId, endedAt }) => userId === me.userId && !endedAt);
    const user = (await router.core.db.query.userTable.findMany()).find(({ id }) => id === me.userId);
    if (!signedIn || !user || !acme) throw new Error('the person is signed in');
    const person = { session: signedIn, user };
    const providers = new Map([...router.core.social.providers].filter(([id]) => id !== 'corp'));
    const withoutCorp = { ...router.core, social: { ...router.core.social, providers } };
    const disconnect = (core = withoutCorp) => disconnectSocial(core, person, { accountId: acme.id }, testCaller({ signedIn: person }));
    await expect(disconnect()).rejects.toThrow('last_login_method');

    const { userTable } = await import('@latchkey/user-core/schema');
    await router.core.db.update(userTable).set({ passwordHash: '$ph1$…', emailVerifiedAt: null });
    await expect(disconnect()).rejects.toThrow('last_login_method');
    await router.core.db.update(userTable).set({ emailVerifiedAt: new Date() });
    await disconnect();
    expect(second.data?.status).toBe('connected');
  });

  test('both of two at once leaves one, in any number of processes (R-SOC-11)', async () => {
    const another = await router.another();
    for (let round = 0; round < 5; round += 1) {
      const me = await socialPerson();
      await router.comeFrom('corp', newcomerAt(router.corp).person, me.browser, { intent: 'connect' });
      const accounts = await accountsOf(me.browser);
      const session = (await router.core.db.query.sessionTable.findMany()).find(({ userId, endedAt }) => userId === me.userId && !endedAt);
      const user = (await router.core.db.query.userTable.findMany()).find(({ id }) => id === me.userId);
      if (!session || !user) throw new Error('the person is signed in');
      const signedIn = { session, user };
      const cores = [router.core, { ...another, social: router.core.social }];
      const attempts = Array.from({ length: 8 }, (_, index) =>
        disconnectSocial(
          cores[index % 2] ?? router.core,
          signedIn,
          { accountId: accounts[index % 4 < 2 ? 0 : 1]?.id ?? '' },
          testCaller({ signedIn }),
        ),
      );
      const settled = await Promise.allSettled(attempts);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await accountsOf(me.browser)).toHaveLength(1);
    }
  });

  test('ends the other sessions that came in that way, and no others', async () => {
    const me = await signedInPerson(router);
    const { person } = newcomerAt(router.acme);
    const accountId = (await connect(me, 'acme', person)).data?.account?.id ?? '';
    const [bySocial, byPassword, byOther] = [router.browser(), router.browser(), router.browser()];
    await router.comeFrom('acme', person, bySocial);
    await byPassword.call('auth.login', { identifier: me.email, password: me.password });
    const elsewhere = newcomerAt(router.corp).person;
    await connect(me, 'corp', elsewhere);
    await router.comeFrom('corp', elsewhere, byOther);
    await me.browser.call('social.disconnect', { accountId });
    const alive = await Promise.all(
      [me.browser, bySocial, byPassword, byOther].map(async (browser) => (await browser.call('auth.session')).data !== null),
    );
    expect(alive).toEqual([true, false, true, true]);
    // Whoever comes that way again is somebody new.
    const { data } = await router.comeFrom('acme', person, router.browser());
    expect(data?.user?.id).not.toBe(me.userId);
  });
});

test('an account that is deleted takes its identities with it; who comes again is new (R-STO-10)', async () => {
  const me = await socialPerson();
  const flow = await router.goTo('corp', newcomerAt(router.corp).person, me.browser, { intent: 'connect' });
  expect((await me.browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  const { state, code = '', iss } = flow;
  await expect(finishSocial(router.core, { provider: 'corp', state, code, iss }, {}, testCaller())).rejects.toThrow('state_mismatch');
  expect((await router.core.db.query.socialAccountTable.findMany()).filter(({ userId }) => userId === me.userId)).toEqual([]);
  expect((await router.core.db.query.socialFlowTable.findMany()).filter(({ userId }) => userId === me.userId)).toEqual([]);
  const { data } = await router.comeFrom('acme', me.person, router.browser());
  expect(data?.user?.id).not.toBe(me.userId);
  expect(data?.user?.email).toBe(me.email);
});
