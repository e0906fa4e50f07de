import { finishSocial, loginWithIdToken, startSocial } from '@latchkey/user-core';
import { testCaller } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf } from '../social/issuer.ts';
import { finish, newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter();
});
afterAll(() => router.close());

test('the same subject at two issuers is two people (R-SOC-06)', async () => {
  router.acme.people.set('twin', { email: 'twin-a@example.com', email_verified: true });
  router.corp.people.set('twin', { email: 'twin-c@example.com', email_verified: true });
  const first = await router.comeFrom('acme', 'twin', router.browser());
  const second = await router.comeFrom('corp', 'twin', router.browser());
  expect(first.data?.user?.email).toBe('twin-a@example.com');
  expect(second.data?.user?.email).toBe('twin-c@example.com');
  expect(second.data?.user?.id).not.toBe(first.data?.user?.id);
});

test('nor is it one person when a single provider speaks for both issuers (R-SOC-06)', async () => {
  const { person } = newcomerAt(router.acme);
  router.corp.people.set(person, { email: `corp-${person}@example.com`, email_verified: true });
  const first = await router.comeFrom('acme', person, router.browser());
  const [acme, corp] = ['acme', 'corp'].map((id) => router.core.social.providers.get(id));
  if (!acme || !corp) throw new Error('both are configured');
  // As with Microsoft's tenants, or when the configuration names another issuer under the same id.
  const moved = new Map([...router.core.social.providers, ['acme', { ...corp, id: 'acme' }] as const]);
  const core = { ...router.core, social: { ...router.core.social, providers: moved } };
  const caller = testCaller({ credentials: 'token' });
  const started = await startSocial(core, { provider: 'acme', intent: 'login' }, caller);
  const { state = '', iss, code = '' } = await answerOf(started.authorizationUrl, person);
  const { outcome } = await finishSocial(core, { provider: 'acme', state, iss, code, ticket: started.ticket ?? '' }, {}, caller);
  expect(outcome).toMatchObject({ status: 'authenticated', user: { email: `corp-${person}@example.com` } });
  expect(outcome).not.toMatchObject({ user: { id: first.data?.user?.id } });
});

test('who changes the address and every name at the provider stays the same person (R-SOC-06)', async () => {
  const { person, email } = newcomerAt(router.acme, { preferred_username: 'before' });
  const first = await router.comeFrom('acme', person, router.browser());
  router.acme.people.set(person, { email: `new-${email}`, email_verified: true, preferred_username: 'after', given_name: 'Other' });
  const browser = router.browser();
  const second = await router.comeFrom('acme', person, browser);
  expect(second.data?.user).toMatchObject({ id: first.data?.user?.id, email });
  expect((await browser.call('social.accounts')).data).toMatchObject([
    { provider: 'acme', providerAccountId: person, email: `new-${email}` },
  ]);
});

test('who takes over somebody’s address or name at the provider is somebody else (R-SOC-06)', async () => {
  const { person, email } = newcomerAt(router.acme, { preferred_username: 'ada' });
  await router.comeFrom('acme', person, router.browser());
  router.acme.people.delete(person);
  const heir = newcomerAt(router.acme, { email, preferred_username: 'ada' });
  expect(await router.comeFrom('acme', heir.person, router.browser())).toEqual({
    data: { status: 'link_required', provider: 'acme', email },
    reason: null,
  });
});

test('two first logins at the same time make one user (R-SOC-07)', async () => {
  const { person, email } = newcomerAt(router.acme);
  const browsers = Array.from({ length: 10 }, () => router.browser());
  const inputs = await Promise.all(browsers.map((browser) => router.goTo('acme', person, browser)));
  const all = await Promise.all(inputs.map((input, index) => finish(browsers[index] as (typeof browsers)[number], input)));
  // Whoever waits for the others for too long is asked to come again.
  expect(all.filter(({ reason }) => reason !== null && reason !== 'overloaded')).toEqual([]);
  const ids = all.flatMap(({ data }) => data?.user?.id ?? []);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(1);
  expect((await router.core.db.query.userTable.findMany()).filter((user) => user.email === email)).toHaveLength(1);
});

test('in two processes as well, with two identities of one address among them (R-SOC-07)', async () => {
  const another = await router.another();
  const cores = [router.core, another];
  const email = newcomerAt(router.acme).email;
  const people = [newcomerAt(router.acme, { email }).person, newcomerAt(router.corp, { email }).person] as const;
  const work = Array.from({ length: 8 }, async (_, index) => {
    const provider = index % 4 < 2 ? 'acme' : 'corp';
    const browser = router.browser();
    const { state, iss, code = '' } = await router.goTo(provider, people[index % 4 < 2 ? 0 : 1], browser);
    const caller = testCaller({ socialToken: browser.cookies.get('social') ?? null });
    return { core: cores[index % 2], input: { provider, state, iss, code }, caller };
  });
  const ready = await Promise.all(work);
  const answers = await Promise.all(
    ready.map(({ core = router.core, input, caller }) =>
      finishSocial({ ...core, social: router.core.social }, input, {}, caller).then(({ outcome }) => outcome),
    ),
  );
  expect((await router.core.db.query.userTable.findMany()).filter((user) => user.email === email)).toHaveLength(1);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 'authenticated')).toHaveLength(4);
  expect(statuses.filter((status) => status === 'link_required')).toHaveLength(4);
});

test('an ID token from a native application leads to the same person (R-SOC-06)', async () => {
  const { person } = newcomerAt(router.acme);
  const first = await router.comeFrom('acme', person, router.browser());
  const nonce = 'a nonce of the application';
  const { authorizationUrl } =
    (await router.browser().call<{ authorizationUrl: string }>('social.start', { provider: 'acme', intent: 'login' })).data ?? {};
  const url = new URL(authorizationUrl ?? '');
  url.searchParams.set('nonce', nonce);
  url.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  const { code = '' } = await answerOf(url.href, person);
  const { clientId, clientSecret } = router.acme;
  const response = await fetch(`${router.acme.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: url.searchParams.get('redirect_uri') ?? '',
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
  });
  const tokens = (await response.json()) as { id_token: string; access_token: string };
  const app = router.browser({ credentials: 'token' });
  const call = (input: object) =>
    app.call<{ user: { id: string }; returnTo: string }>('social.loginWithIdToken', { provider: 'acme', ...input });
  const { data } = await call({ idToken: tokens.id_token, nonce });
  expect(data).toMatchObject({ status: 'authenticated', user: { id: first.data?.user?.id }, returnTo: '/' });

  expect((await call({ idToken: tokens.id_token })).refusal?.reason).toBe('invalid_credentials');
  expect((await call({ idToken: tokens.id_token, nonce: 'another' })).refusal?.reason).toBe('invalid_credentials');
  expect((await call({ idToken: tokens.access_token })).refusal?.reason).toBe('invalid_credentials');
  const elsewhere = { provider: 'corp', idToken: tokens.id_token, nonce };
  await expect(loginWithIdToken(router.core, elsewhere, {}, testCaller())).rejects.toThrow('invalid_credentials');
  await expect(loginWithIdToken(router.core, { ...elsewhere, provider: 'github' }, {}, testCaller())).rejects.toThrow('provider_unknown');
});
