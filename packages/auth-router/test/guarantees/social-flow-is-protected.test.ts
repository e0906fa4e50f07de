import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf } from '../social/issuer.ts';
import { finish, newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter();
});
afterAll(() => router.close());

async function start(provider = 'acme'): Promise<{ url: URL; browser: ReturnType<SocialRouter['browser']> }> {
  const browser = router.browser();
  const { data } = await browser.call<{ authorizationUrl: string }>('social.start', { provider, intent: 'login' });
  return { url: new URL(data?.authorizationUrl ?? ''), browser };
}

describe('PKCE', () => {
  test('is in every flow, with a verifier of its own that no browser sees (R-SOC-02)', async () => {
    const challenges = new Set<string>();
    for (const provider of ['acme', 'corp', 'github', 'acme']) {
      const { url } = await start(provider);
      expect(url.searchParams.get('code_challenge_method')).toBe('S256');
      challenges.add(url.searchParams.get('code_challenge') ?? '');
    }
    expect(challenges.size).toBe(4);
    const { person } = newcomerAt(router.acme);
    const browser = router.browser();
    await router.comeFrom('acme', person, browser);
    const verifier = router.acme.exchanges.at(-1)?.get('code_verifier') ?? '';
    expect(Buffer.from(verifier, 'base64url')).toHaveLength(32);
    expect(JSON.stringify([...browser.cookies])).not.toContain(verifier);
  });

  test('ties a code to its flow: the code of another flow of the same browser is refused (R-SOC-02)', async () => {
    const { person } = newcomerAt(router.acme);
    const browser = router.browser();
    const [mine, injected] = [await router.goTo('acme', person, browser), await router.goTo('acme', person, browser)];
    expect(await finish(browser, { ...mine, code: injected.code ?? '' })).toEqual({ data: null, reason: 'provider_failed' });
    expect((await browser.call('auth.session')).data).toBeNull();
  });

  test('and nonce are sealed where they are kept, each for its own state (R-SOC-02)', async () => {
    const { url } = await start();
    const stateHash = createHash('sha256')
      .update(url.searchParams.get('state') ?? '')
      .digest();
    const row = (await router.core.db.query.socialFlowTable.findMany()).find((each) => each.stateHash.equals(stateHash));
    const secrets = JSON.parse(router.core.keys.open('social-flow', row?.sealed ?? '', stateHash.toString('base64url')) ?? '');
    expect(createHash('sha256').update(secrets.verifier).digest('base64url')).toBe(url.searchParams.get('code_challenge'));
    expect(secrets.nonce).toBe(url.searchParams.get('nonce'));
    expect(row?.sealed).not.toContain(secrets.verifier);
    expect(router.core.keys.open('social-flow', row?.sealed ?? '', 'another state')).toBeNull();
    for (const label of ['mail', 'social-token', 'signing-key'] as const) {
      expect(router.core.keys.open(label, row?.sealed ?? '', stateHash.toString('base64url'))).toBeNull();
    }
  });
});

describe('an answer', () => {
  test('says which issuer it is from, and is refused from another (R-SOC-04)', async () => {
    const { person } = newcomerAt(router.acme);
    for (const iss of [router.corp.url, `${router.acme.url}/`, 'https://evil.example.test']) {
      const browser = router.browser();
      const input = await router.goTo('acme', person, browser);
      expect(input.iss).toBe(router.acme.url);
      const asked = router.acme.exchanges.length;
      expect(await finish(browser, { ...input, iss })).toEqual({ data: null, reason: 'state_mismatch' });
      expect(router.acme.exchanges).toHaveLength(asked);
    }
  });

  test('without an issuer is refused where the provider announces one, and taken where it does not (R-SOC-04)', async () => {
    const { person } = newcomerAt(router.acme);
    const browser = router.browser();
    const { iss: _, ...silent } = await router.goTo('acme', person, browser);
    const asked = router.acme.exchanges.length;
    expect(await finish(browser, silent)).toEqual({ data: null, reason: 'state_mismatch' });
    expect(router.acme.exchanges).toHaveLength(asked);

    router.github.people.set('octo', {
      id: 1,
      login: 'octo',
      name: null,
      emails: [{ email: 'octo@example.com', primary: true, verified: true }],
    });
    const input = await router.goTo('github', 'octo', browser);
    expect(input.iss).toBeUndefined();
    expect(await finish(browser, input)).toMatchObject({ data: { status: 'authenticated' } });
  });

  test('to a request at a dishonest issuer is not taken for an honest one’s: the mix-up attack (R-SOC-03, R-SOC-04)', async () => {
    // The victim sets out for corp, which belongs to the attacker and sends them on to acme with corp's own state.
    const { person } = newcomerAt(router.acme);
    const victim = router.browser();
    const { data } = await victim.call<{ authorizationUrl: string }>('social.start', { provider: 'corp', intent: 'login' });
    const toCorp = new URL(data?.authorizationUrl ?? '');
    const toAcme = new URL(`${router.acme.url}/auth`);
    for (const [name, value] of toCorp.searchParams) toAcme.searchParams.set(name, value);
    toAcme.searchParams.set('redirect_uri', 'https://auth.example.test/social/callback/acme');
    const { code = '', state = '', iss = '' } = await answerOf(toAcme.href, person);
    expect(iss).toBe(router.acme.url);
    const asked = router.corp.exchanges.length;
    for (const provider of ['acme', 'corp']) {
      expect(await finish(victim, { provider, state, code, iss })).toEqual({ data: null, reason: 'state_mismatch' });
    }
    // The code that was made at acme has never been told to the attacker's token endpoint.
    expect(router.corp.exchanges).toHaveLength(asked);
  });

  test.each([
    ['access_denied', 'provider_denied'],
    ['login_required', 'provider_denied'],
    ['<script>alert(1)</script>', 'provider_denied'],
    ['Ünbekannt\u202e', 'provider_denied'],
    ['server_error', 'provider_failed'],
    ['temporarily_unavailable', 'provider_failed'],
  ])('of %j is told as %s, in our words, and uses the state up (R-SOC-15)', async (error, reason) => {
    const browser = router.browser();
    const { code: _, ...input } = await router.goTo('acme', newcomerAt(router.acme).person, browser);
    const { refusal } = await browser.call('social.finish', { ...input, error });
    expect(refusal).toMatchObject({ reason, message: reason, fields: [] });
    expect(await finish(browser, { ...input, error })).toEqual({ data: null, reason: 'state_mismatch' });
  });

  test('in which the person refused is told as such', async () => {
    const browser = router.browser();
    const input = await router.goTo('acme', 'nobody', browser);
    expect(input.error).toBe('access_denied');
    expect(await finish(browser, input)).toEqual({ data: null, reason: 'provider_denied' });
  });
});

test('a place to return to that is not ours is refused at the start (R-SOC-13)', async () => {
  const browser = router.browser();
  for (const returnTo of ['https://evil.test', '//evil.test', '/\\evil.test', '/%2fevil.test%40', '/a%0d%0ab']) {
    const { refusal } = await browser.call('social.start', { provider: 'acme', intent: 'login', returnTo });
    expect(refusal).toMatchObject({ reason: 'invalid_input', fields: [{ path: 'returnTo' }] });
  }
});

test('a provider that is not configured is unknown, whatever it is called', async () => {
  const browser = router.browser();
  for (const provider of ['google', 'nobody', '__proto__', 'constructor', 'ACME', 'acme ']) {
    expect(await browser.refusalOf('social.start', { provider, intent: 'login' })).toBe('provider_unknown');
    expect(await browser.refusalOf('social.finish', { provider, state: 's', code: 'c' })).toBe('provider_unknown');
    expect(await browser.refusalOf('social.loginWithIdToken', { provider, idToken: 't' })).toBe('provider_unknown');
  }
  expect((await browser.call('social.providers')).data).toEqual([
    { id: 'acme', name: 'acme Inc.' },
    { id: 'corp', name: 'corp Inc.' },
    { id: 'github', name: 'GitHub' },
  ]);
});
