import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GitHubFake, startGitHubFake } from '../../../../packages/auth-router/test/social/github-fake.ts';
import { answerOf, startIssuer, type TestIssuer } from '../../../../packages/auth-router/test/social/issuer.ts';
import { type Browser, openBrowser } from '../browser.ts';
import { signedInPerson } from '../person.ts';
import { freePort, startTwoServers, type TestServer } from '../start-server.ts';

let publicUrl: string;
let issuer: TestIssuer;
let apple: TestIssuer;
let github: GitHubFake;
let started: Awaited<ReturnType<typeof startTwoServers>>;
let one: TestServer;
let two: TestServer;

/** Everything that should be in no log. */
const secrets = new Set<string>();

beforeAll(async () => {
  publicUrl = `http://localhost:${await freePort()}`;
  const callback = (id: string) => `${publicUrl}/social/callback/${id}`;
  issuer = await startIssuer(['acme', 'google'].map(callback));
  const appleClient = {
    client_id: 'apple-client',
    client_secret: 'the-secret-that-apple-gave-us-0123456789',
    redirect_uris: [callback('apple')],
    grant_types: ['authorization_code' as const],
    response_types: ['code' as const],
    token_endpoint_auth_method: 'client_secret_post' as const,
  };
  apple = await startIssuer([], { clients: [appleClient], conformIdTokenClaims: false });
  github = await startGitHubFake('gh-client', 'gh-secret');
  started = await startTwoServers(inject('databaseUrl'), {
    PUBLIC_URL: publicUrl,
    OIDC_PROVIDERS: 'acme',
    OIDC_ACME_ISSUER: issuer.url,
    OIDC_ACME_CLIENT_ID: issuer.clientId,
    OIDC_ACME_CLIENT_SECRET: issuer.clientSecret,
    GOOGLE_CLIENT_ID: issuer.clientId,
    GOOGLE_CLIENT_SECRET: issuer.clientSecret,
    GOOGLE_ISSUER: issuer.url,
    APPLE_CLIENT_ID: 'apple-client',
    APPLE_CLIENT_SECRET: appleClient.client_secret,
    APPLE_ISSUER: apple.url,
    GITHUB_CLIENT_ID: 'gh-client',
    GITHUB_CLIENT_SECRET: 'gh-secret',
    GITHUB_AUTHORIZE_URL: `${github.url}/login/oauth/authorize`,
    GITHUB_TOKEN_URL: `${github.url}/login/oauth/access_token`,
    GITHUB_USERINFO_URL: `${github.url}/user`,
  });
  [one, two] = started.servers;
});
afterAll(async () => {
  await started.close();
  await Promise.all([issuer.close(), apple.close(), github.close()]);
});

/** One browser that speaks to either process, as it would behind a balancer. */
function openBoth(): [Browser, Browser] {
  const [first, second] = [openBrowser(one.url, { origin: publicUrl }), openBrowser(two.url, { origin: publicUrl })];
  return [first, { ...openBrowser(two.url, { origin: publicUrl, headers: {} }), ...sharing(first, second) }];
}

function sharing(first: Browser, second: Browser): Pick<Browser, 'call' | 'query' | 'cookies'> {
  const lend = () => {
    second.cookies.clear();
    for (const [name, value] of first.cookies) second.cookies.set(name, value);
  };
  const giveBack = () => {
    for (const [name, value] of second.cookies) first.cookies.set(name, value);
  };
  return {
    cookies: second.cookies,
    async call(...parameters) {
      lend();
      return second.call(...(parameters as Parameters<Browser['call']>)).finally(giveBack) as never;
    },
    async query(...parameters) {
      lend();
      return second.query(...(parameters as Parameters<Browser['query']>)).finally(giveBack) as never;
    },
  };
}

type Started = { authorizationUrl: string; ticket: string | null };
type Outcome = { status: string; user: { id: string; email: string; firstName: string }; returnTo: string };

async function setOut(browser: Browser, provider: string, person: string, headers: Record<string, string> = {}) {
  const { data, headers: sent } = await browser.call<Started>('social.start', { provider, intent: 'login' }, headers);
  const answer = await answerOf(data.authorizationUrl, person);
  const url = new URL(data.authorizationUrl).searchParams;
  for (const secret of [answer['code'], answer['state'], data.ticket, url.get('nonce')]) if (secret) secrets.add(secret);
  return { ticket: data.ticket, sent, answer };
}

test('a way that begins at one process ends at another', async () => {
  issuer.people.set('ada', { email: 'ada@example.com', email_verified: true, given_name: 'Ada' });
  for (const provider of ['acme', 'google']) {
    const [first, second] = openBoth();
    const { answer, sent } = await setOut(first, provider, 'ada');
    const cookie = sent.getSetCookie().find((line) => line.startsWith('latchkey-social='));
    expect(cookie).toMatch(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    const { state, iss, code } = answer;
    const finished = await second.call<Outcome>('social.finish', { provider, state, iss, code });
    // The same subject at two providers is two identities; the second is asked to connect.
    expect(finished.data.status).toBe(provider === 'acme' ? 'authenticated' : 'link_required');
    const replay = await first.call('social.finish', { provider, state, iss, code });
    expect([replay.status, replay.error?.reason]).toEqual([400, 'state_mismatch']);
  }
});

test('GitHub, which has no ID tokens, works the same', async () => {
  github.people.set('octo', {
    id: 583231,
    login: 'octo',
    name: 'Octo Cat',
    emails: [{ email: 'octo@example.com', primary: true, verified: true }],
  });
  const [first, second] = openBoth();
  const { answer } = await setOut(first, 'github', 'octo');
  const finished = await second.call<Outcome>('social.finish', { provider: 'github', state: answer['state'], code: answer['code'] });
  expect(finished.data).toMatchObject({ status: 'authenticated', user: { email: 'octo@example.com', firstName: 'Octo', lastName: 'Cat' } });
  expect(github.asked.at(-1)?.get('code_challenge_method')).toBe('S256');
  expect((await first.query('social.accounts')).data).toMatchObject([{ provider: 'github', providerAccountId: '583231' }]);
});

describe('an answer that is posted, as by Apple,', () => {
  const post = (provider: string, body: URLSearchParams | string, headers: Record<string, string> = {}) =>
    fetch(`${one.url}/social/callback/${provider}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://appleid.apple.com',
        'sec-fetch-site': 'cross-site',
        ...headers,
      },
      body,
    });

  test('leads to the page of the same path with what the page needs, and the page finishes (R-SOC-15)', async () => {
    apple.people.set('a1', { email: 'apple@example.com', email_verified: true });
    const [first, second] = openBoth();
    const { answer } = await setOut(first, 'apple', 'a1');
    const user = JSON.stringify({ name: { firstName: ' Ada\n', lastName: 'Lovelace' }, email: 'victim@example.com' });
    const posted = await post(
      'apple',
      new URLSearchParams({ ...answer, user, error_description: 'SECRET-STORY', id_token: 'SECRET-TOKEN' }),
    );
    expect(posted.status).toBe(303);
    const target = new URL(posted.headers.get('location') ?? '', one.url);
    expect(target.origin + target.pathname).toBe(`${one.url}/social/callback/apple`);
    expect(Object.fromEntries(target.searchParams)).toEqual(answer);
    expect(posted.headers.getSetCookie()).toEqual([]);
    expect(posted.headers.get('cache-control')).toBe('no-store');
    expect(posted.headers.get('referrer-policy')).toBe('no-referrer');

    await fetch(target);
    const { state, iss, code } = answer;
    const finished = await second.call<Outcome>('social.finish', { provider: 'apple', state, iss, code });
    const told = { email: 'apple@example.com', emailVerified: true, firstName: 'Ada', lastName: 'Lovelace' };
    expect(finished.data).toMatchObject({ status: 'authenticated', user: told });
  });

  test('takes nothing but short, single, known values along (R-SOC-15)', async () => {
    const body = new URLSearchParams({ code: 'c'.repeat(4097), error: 'access_denied', evil: '<script>', state: 'one' });
    body.append('state', 'two');
    const posted = await post('apple', body);
    expect(posted.headers.get('location')).toBe('/social/callback/apple?error=access_denied');
    const broken = await post('apple', new URLSearchParams({ error: 'a b&c=d\r\nset-cookie: x=y' }));
    expect(broken.headers.get('location')).toBe('/social/callback/apple?error=a+b%26c%3Dd%0D%0Aset-cookie%3A+x%3Dy');
    expect(broken.headers.getSetCookie()).toEqual([]);
  });

  test('is refused where it cannot be one', async () => {
    for (const provider of ['..%2f..%2flogin', '%2f%2fevil.test', 'UPPER', 'a'.repeat(40)])
      expect((await post(provider, '')).status).toBe(404);
    const json = { 'content-type': 'application/json' };
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const posted of [await post('apple', 'x'.repeat(20_000)), await post('apple', '{}', json), await post('apple', '{}', form)]) {
      expect([400, 413, 415]).toContain(posted.status);
      expect(posted.headers.get('location')).toBeNull();
    }
  });

  test('cannot put a name into somebody’s way that is not known, or that has one', async () => {
    apple.people.set('a2', { email: 'second@example.com', email_verified: true });
    const [first] = openBoth();
    const { answer } = await setOut(first, 'apple', 'a2');
    const name = (firstName: string) => JSON.stringify({ name: { firstName, lastName: '' } });
    await post('acme', new URLSearchParams({ ...answer, user: name('Other') }));
    for (const user of ['{', 'null', '{"name":7}', name('x'.repeat(3000))]) await post('apple', new URLSearchParams({ ...answer, user }));
    await post('apple', new URLSearchParams({ ...answer, user: name('First') }));
    await post('apple', new URLSearchParams({ ...answer, user: name('Second') }));
    const { state, iss, code } = answer;
    const finished = await first.call<Outcome>('social.finish', { provider: 'apple', state, iss, code });
    expect(finished.data.user.firstName).toBe('First');
  });
});

test('a program gets its tokens by the ticket, in whichever process (R-SOC-18)', async () => {
  issuer.people.set('app', { email: 'app@example.com', email_verified: true });
  const tokens = { 'x-latchkey-credentials': 'token' };
  const [app, other] = [openBrowser(one.url, { origin: publicUrl }), openBrowser(two.url, { origin: publicUrl })];
  const { ticket, answer, sent } = await setOut(app, 'acme', 'app', tokens);
  expect(sent.getSetCookie()).toEqual([]);
  const { state, iss, code } = answer;
  const finished = await other.call('social.finish', { provider: 'acme', state, iss, code, ticket }, tokens);
  expect(finished.data).toMatchObject({ status: 'authenticated', tokens: { accessToken: expect.any(String) } });
  expect(finished.headers.getSetCookie()).toEqual([]);
});

test('two parallel disconnects in two processes never leave an account without a way in (R-SOC-11)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const person = `pair-${round}`;
    issuer.people.set(person, { email: `${person}@example.com`, email_verified: true });
    const [first, second] = openBoth();
    const login = await setOut(first, 'acme', person);
    await first.call('social.finish', { provider: 'acme', state: login.answer['state'], iss: issuer.url, code: login.answer['code'] });
    const { data } = await first.call<Started>('social.start', { provider: 'google', intent: 'connect' });
    const { state, iss, code } = await answerOf(data.authorizationUrl, person);
    expect((await first.call<Outcome>('social.finish', { provider: 'google', state, iss, code })).data.status).toBe('connected');
    const accounts = (await first.query<{ id: string }[]>('social.accounts')).data;
    const calls = await Promise.all(
      accounts.map(({ id }, index) => (index === 0 ? first : second).call('social.disconnect', { accountId: id })),
    );
    expect(calls.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(calls.find(({ error }) => error)?.error?.reason).toBe('last_login_method');
    expect((await first.query<unknown[]>('social.accounts')).data).toHaveLength(1);
  }
});

test('a social write that comes from another site is refused, as every write is (R-TRN-03)', async () => {
  const { browser } = await signedInPerson(one.url, publicUrl);
  for (const path of ['social.start', 'social.finish', 'social.loginWithIdToken', 'social.completeRegistration', 'social.disconnect']) {
    const { error } = await browser.call(path, {}, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' });
    expect(error?.reason).toBe('origin_refused');
  }
});

test('no code, state, ticket, nonce or provider’s story is in any log (R-SOC-15)', () => {
  expect(secrets.size).toBeGreaterThan(20);
  const written = one.output() + two.output();
  expect(written).toContain('/social/callback/apple');
  const leaked = [...secrets, 'SECRET-STORY', 'SECRET-TOKEN', 'gh-secret', issuer.clientSecret].filter((secret) =>
    written.includes(secret),
  );
  expect(leaked).toEqual([]);
});
