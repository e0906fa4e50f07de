import { createHash } from 'node:crypto';
import { finishSocial } from '@latchkey/user-core';
import { testCaller } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf } from '../social/issuer.ts';
import { finish, newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { signedInPerson } from '../test-person.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter({ settings: { trusted: {} } });
});
afterAll(() => router.close());

const mismatch = { data: null, reason: 'state_mismatch' };
const ada = () => newcomerAt(router.acme).person;

describe('a state', () => {
  test('works once, and for whoever began only (R-SOC-01)', async () => {
    const browser = router.browser();
    const input = await router.goTo('acme', ada(), browser);
    expect(await finish(router.browser(), input)).toEqual(mismatch);
    const stranger = router.browser();
    await router.goTo('acme', ada(), stranger);
    expect(await finish(stranger, input)).toEqual(mismatch);
    expect(await finish(browser, input)).toMatchObject({ data: { status: 'authenticated' } });
    expect(await finish(browser, input)).toEqual(mismatch);
  });

  test('of parallel callers is given to one (R-SOC-01)', async () => {
    const browser = router.browser();
    const input = await router.goTo('acme', ada(), browser);
    const other = { ...browser, cookies: new Map(browser.cookies) };
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => finish(index % 2 ? browser : other, input)));
    expect(all.filter(({ reason }) => reason === null)).toHaveLength(1);
    expect(all.filter(({ reason }) => reason === 'state_mismatch')).toHaveLength(7);
  });

  test('lives for ten minutes (R-SOC-01)', async () => {
    const [early, late] = [router.browser(), router.browser()];
    const inputs = [await router.goTo('acme', ada(), early), await router.goTo('acme', ada(), late)] as const;
    router.clock.advance(599);
    expect(await finish(early, inputs[0])).toMatchObject({ data: { status: 'authenticated' } });
    router.clock.advance(1);
    expect(await finish(late, inputs[1])).toEqual(mismatch);
  });

  test('has 256 bits of its own for each flow, and is stored as a hash (R-SOC-01)', async () => {
    const browser = router.browser();
    const inputs = await Promise.all([1, 2, 3].map(() => router.goTo('acme', ada(), browser)));
    expect(new Set(inputs.map(({ state }) => state)).size).toBe(3);
    for (const { state } of inputs) expect(Buffer.from(state.slice(4, 47), 'base64url')).toHaveLength(32);
    const rows = await router.core.db.query.socialFlowTable.findMany();
    expect(rows.length).toBeGreaterThanOrEqual(3);
    const hashes = rows.map(({ stateHash }) => stateHash.toString('hex'));
    for (const { state } of inputs) expect(hashes).toContain(createHash('sha256').update(state).digest('hex'));
    const stored = JSON.stringify(rows);
    for (const { state } of inputs) expect(stored).not.toContain(state);
  });

  test.each(['', 'x', 'lko_', 'lks_0123456789', `lko_${'A'.repeat(49)}`, 'undefined'])('%j is none (R-SOC-01)', async (state) => {
    const browser = router.browser();
    const input = await router.goTo('acme', ada(), browser);
    expect((await finish(browser, { ...input, state })).reason).toBe(state === '' ? 'invalid_input' : 'state_mismatch');
  });

  test('serves several tabs of one browser', async () => {
    const browser = router.browser();
    const people = [ada(), ada(), ada()];
    const inputs = [];
    for (const person of people) inputs.push(await router.goTo('acme', person, browser));
    for (const input of inputs.toReversed()) expect(await finish(browser, input)).toMatchObject({ data: { status: 'authenticated' } });
  });

  test('of one provider is refused at another before that is asked anything (R-SOC-03)', async () => {
    const { person } = newcomerAt(router.acme);
    const browser = router.browser();
    const input = await router.goTo('acme', person, browser);
    const before = router.corp.exchanges.length;
    const { iss: _, ...unsigned } = input;
    expect(await finish(browser, { ...unsigned, provider: 'corp' })).toEqual(mismatch);
    expect(router.corp.exchanges).toHaveLength(before);
    expect(router.acme.exchanges.at(-1)?.get('code')).not.toBe(input.code);
  });

  test('is told apart from one of another provider with the same issuer (R-SOC-03)', async () => {
    const browser = router.browser();
    const input = await router.goTo('acme', ada(), browser);
    const asked = router.acme.exchanges.length;
    expect(await finish(browser, { ...input, provider: 'trusted' })).toEqual(mismatch);
    expect(router.acme.exchanges).toHaveLength(asked);
    expect(await finish(browser, input)).toMatchObject({ data: { status: 'authenticated' } });
  });

  test('outlives nothing that the configuration changes about its provider (R-SOC-01)', async () => {
    const browser = router.browser();
    const input = await router.goTo('acme', ada(), browser);
    const [acme, corp] = [router.core.social.providers.get('acme'), router.core.social.providers.get('corp')];
    if (!acme || !corp) throw new Error('both are configured');
    const providers = new Map([...router.core.social.providers, ['acme', { ...corp, id: 'acme' }] as const]);
    const core = { ...router.core, social: { ...router.core.social, providers } };
    const caller = testCaller({ socialToken: browser.cookies.get('social') ?? null });
    const { provider, state, code = '' } = input;
    const asked = router.corp.exchanges.length;
    await expect(finishSocial(core, { provider, state, code, iss: corp.issuer }, {}, caller)).rejects.toThrow('state_mismatch');
    expect(router.corp.exchanges).toHaveLength(asked);
    expect(acme.issuer).not.toBe(corp.issuer);
  });

  test('keeps where to return to, whatever comes back (R-SOC-01)', async () => {
    const browser = router.browser();
    const { data } = await router.comeFrom('acme', ada(), browser, { returnTo: '/inbox?page=2' });
    expect(data?.returnTo).toBe('/inbox?page=2');
    const refused = await browser.call('social.finish', { ...(await router.goTo('acme', ada(), browser)), returnTo: '/elsewhere' });
    expect(refused.refusal?.reason).toBe('invalid_input');
  });
});

describe('a flow that connects', () => {
  test('ends in the session and for the user that began it (R-SOC-01)', async () => {
    const [me, other] = [await signedInPerson(router), await signedInPerson(router)];
    const input = await router.goTo('acme', ada(), me.browser, { intent: 'connect' });
    const session = me.browser.cookies.get('session') ?? '';
    me.browser.cookies.delete('session');
    expect(await finish(me.browser, input)).toEqual(mismatch);
    me.browser.cookies.set('session', other.browser.cookies.get('session') ?? '');
    expect(await finish(me.browser, input)).toEqual(mismatch);
    me.browser.cookies.set('session', session);
    expect(await finish(me.browser, input)).toMatchObject({ data: { status: 'connected' } });
  });

  test('does not end in a new session of the same user, or after a logout (R-SOC-01)', async () => {
    const me = await signedInPerson(router);
    const input = await router.goTo('acme', ada(), me.browser, { intent: 'connect' });
    await me.browser.call('auth.login', { identifier: me.email, password: me.password });
    expect(await finish(me.browser, input)).toEqual(mismatch);

    const again = await router.goTo('acme', ada(), me.browser, { intent: 'connect' });
    const cookies = new Map(me.browser.cookies);
    await me.browser.call('auth.logout');
    for (const [name, value] of cookies) me.browser.cookies.set(name, value);
    expect(await finish(me.browser, again)).toEqual(mismatch);
    expect((await me.browser.call('auth.session')).data).toBeNull();
  });

  test('does not end in another living session of the same user (R-SOC-01)', async () => {
    const { email: identifier, password } = await signedInPerson(router);
    const [one, two] = [router.browser({ credentials: 'token' }), router.browser({ credentials: 'token' })];
    for (const app of [one, two]) {
      const { data } = await app.call<{ tokens: { accessToken: string } }>('auth.login', { identifier, password });
      app.bearer = data?.tokens.accessToken ?? null;
    }
    const input = await router.goTo('acme', ada(), one, { intent: 'connect' });
    expect(await finish(two, input)).toEqual(mismatch);
    expect(await finish(one, input)).toMatchObject({ data: { status: 'connected' } });
  });

  test('does not end when the session ended while the person was at the provider (R-SOC-01)', async () => {
    const me = await signedInPerson(router);
    router.github.people.set('octo', { id: 5, login: 'octo', name: null, emails: [] });
    const input = await router.goTo('github', 'octo', me.browser, { intent: 'connect' });
    router.github.onUser = async () => void (await me.browser.call('auth.logout'));
    expect(await finish(me.browser, input)).toEqual(mismatch);
    router.github.onUser = async () => undefined;
    expect((await router.core.db.query.socialAccountTable.findMany()).filter(({ userId }) => userId === me.userId)).toEqual([]);
  });

  test('never logs in, and a login never connects (R-SOC-01)', async () => {
    const me = await signedInPerson(router);
    const { person } = newcomerAt(router.acme);
    const { data } = await router.comeFrom('acme', person, me.browser, { intent: 'connect' });
    expect(data).toMatchObject({ status: 'connected' });
    expect(data?.session).toBeUndefined();
    const stranger = newcomerAt(router.acme).person;
    const login = await router.comeFrom('acme', stranger, me.browser);
    expect(login.data?.user?.id).not.toBe(me.userId);
  });
});

describe('a caller with tokens', () => {
  const tokens = () => router.browser({ credentials: 'token' });

  test('hands back its ticket, gets tokens and no cookie (R-SOC-01)', async () => {
    const app = tokens();
    const input = await router.goTo('acme', ada(), app);
    expect(input.ticket).toMatch(/^lkt_/);
    const { data } = await finish(app, input);
    expect(data).toMatchObject({ status: 'authenticated', tokens: { accessToken: expect.any(String), refreshToken: expect.any(String) } });
    expect([...app.cookies.keys()]).toEqual([]);
    expect(await finish(app, input)).toEqual(mismatch);
  });

  test('cannot finish without the ticket, with another, or what a browser began; nor a browser what it began (R-SOC-01)', async () => {
    const [app, browser] = [tokens(), router.browser()];
    const input = await router.goTo('acme', ada(), app);
    const other = await router.goTo('acme', ada(), tokens());
    const { ticket: _, ...bare } = input;
    expect(await finish(app, bare)).toEqual(mismatch);
    expect(await finish(app, { ...input, ticket: other.ticket ?? '' })).toEqual(mismatch);
    const begun = await router.goTo('acme', ada(), browser);
    expect(begun.ticket).toBeUndefined();
    expect(await finish(browser, input)).toEqual(mismatch);
    expect(await finish(browser, bare)).toEqual(mismatch);
    expect(await finish(app, { ...begun, ticket: input.ticket ?? '' })).toEqual(mismatch);
    expect(await finish(app, { ...begun, ticket: browser.cookies.get('social') ?? '' })).toEqual(mismatch);
    expect(await finish(app, input)).toMatchObject({ data: { status: 'authenticated' } });
    expect(await finish(browser, begun)).toMatchObject({ data: { status: 'authenticated' } });
  });

  test('is sent back to our own address, exactly (R-SOC-18)', async () => {
    const app = tokens();
    const input = { provider: 'acme', intent: 'login', redirectUri: 'myapp://callback' };
    expect((await app.call('social.start', input)).refusal?.reason).toBe('invalid_input');
    const { data } = await app.call<{ authorizationUrl: string }>('social.start', { provider: 'acme', intent: 'login' });
    const url = new URL(data?.authorizationUrl ?? '');
    expect(url.searchParams.get('redirect_uri')).toBe('https://auth.example.test/social/callback/acme');
    url.searchParams.set('redirect_uri', 'https://auth.example.test/social/callback/acme/');
    await expect(answerOf(url.href, 'ada')).rejects.toThrow('the provider answered 400');
  });
});
