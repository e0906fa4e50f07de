import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { comeFromDemo, visitDemoProvider } from '../demo-visit.ts';
import { startNewServer } from '../new-server.ts';
import { signedInPerson } from '../person.ts';
import { send } from '../send.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

test('the demo provider is there for this machine alone: not for other names of it, and not through a proxy', async () => {
  const answer = async (headers: Record<string, string>) =>
    (await send(server.url, '/dev/provider/.well-known/openid-configuration', { headers })).status;
  expect(await answer({})).toBe(200);
  expect(await answer({ host: 'evil.example' })).toBe(404);
  expect(await answer({ 'x-forwarded-for': '203.0.113.9' })).toBe(404);
});

type Outcome = { status: string; user: { id: string; email: string } };

test('without any configuration somebody comes by the demo provider, comes again, connects and disconnects', async () => {
  const browser = openBrowser(server.url);
  expect((await browser.query('social.providers')).data).toEqual([{ id: 'demo', name: 'Demo provider' }]);
  const first = await comeFromDemo<Outcome>(browser, { person: 'demo-ada' });
  expect(first.finished.data).toMatchObject({
    status: 'authenticated',
    user: { email: 'ada@example.com', emailVerified: true, hasPassword: false, firstName: 'Ada', lastName: 'Lovelace' },
    session: { methods: ['social:demo'] },
    tokens: null,
    returnTo: '/',
  });
  const again = await comeFromDemo<Outcome>(openBrowser(server.url), { person: 'demo-ada' });
  expect(again.finished.data.user.id).toBe(first.finished.data.user.id);

  const connected = await comeFromDemo<{ status: string; account: { id: string } }>(browser, { person: 'demo-grace' }, 'connect');
  expect(connected.finished.data.status).toBe('connected');
  expect((await browser.query<unknown[]>('social.accounts')).data).toHaveLength(2);
  expect((await browser.call('social.disconnect', { accountId: connected.finished.data.account.id })).data).toEqual({
    status: 'disconnected',
  });
  const [only] = (await browser.query<{ id: string }[]>('social.accounts')).data;
  expect((await browser.call('social.disconnect', { accountId: only?.id })).error?.reason).toBe('last_login_method');
});

test('one browser can be several people, one after the other', async () => {
  const browser = openBrowser(server.url);
  const own = { person: 'own', name: 'Joan Clarke', email: 'joan@example.com', verified: 'on' };
  expect((await comeFromDemo<Outcome>(browser, own)).finished.data).toMatchObject({
    status: 'authenticated',
    user: { email: 'joan@example.com' },
  });
  const alan = await comeFromDemo<Outcome>(browser, { person: 'demo-alan' });
  expect(alan.finished.data).toEqual({ status: 'email_verification_required', email: 'alan@example.com', returnTo: '/' });
  const token = await browser.mailedToken('verify-email', 'alan@example.com');
  expect((await browser.call<Outcome>('registration.verifyEmail', { token })).data).toMatchObject({ user: { email: 'alan@example.com' } });

  const hedy = await comeFromDemo(browser, { person: 'demo-hedy' });
  expect(hedy.finished.data).toMatchObject({ status: 'registration_incomplete', missing: ['email'], suggested: { firstName: 'Hedy' } });
  const completed = await browser.call('social.completeRegistration', { email: 'hedy@example.com' });
  expect(completed.data).toEqual({ status: 'email_verification_required', email: 'hedy@example.com', returnTo: '/' });

  const refused = await comeFromDemo(browser, { person: 'nobody' });
  expect(refused.finished.error?.reason).toBe('provider_denied');
  const member = await signedInPerson(server.url);
  const known = { person: 'own', name: 'Member', email: member.email, verified: 'on' };
  expect((await comeFromDemo(browser, known)).finished.data).toEqual({ status: 'link_required', provider: 'demo', email: member.email });
});

describe('the page of the demo provider', () => {
  test('offers one of each kind, and loads nothing from anywhere', async () => {
    const { data } = await openBrowser(server.url).call<{ authorizationUrl: string }>('social.start', {
      provider: 'demo',
      intent: 'login',
    });
    const { page, headers } = await visitDemoProvider(data.authorizationUrl, { person: 'demo-ada' });
    for (const text of ['Ada Lovelace', 'not verified', 'without an e-mail address', 'Refuse to log in']) expect(page).toContain(text);
    expect(page).not.toMatch(/https?:\/\/|<script|<link|<img/);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('http');
  });

  test('takes a code once, with its verifier, from us', async () => {
    const browser = openBrowser(server.url);
    const { data } = await browser.call<{ authorizationUrl: string }>('social.start', { provider: 'demo', intent: 'login' });
    const { answer } = await visitDemoProvider(data.authorizationUrl, { person: 'demo-ada' });
    const exchange = await fetch(`${server.url}/dev/provider/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: answer.code ?? '',
        client_id: 'latchkey',
        client_secret: 'guessed',
      }),
    });
    expect(exchange.status).toBe(401);
    const elsewhere = new URL(data.authorizationUrl);
    elsewhere.searchParams.set('redirect_uri', 'https://evil.test/callback');
    const refused = await fetch(elsewhere, { redirect: 'manual' });
    expect([refused.status, refused.headers.get('location')]).toEqual([400, null]);
  });

  test('is the only one there, and what its library answers has the headers of every answer', async () => {
    const document = await fetch(`${server.url}/dev/provider/.well-known/openid-configuration`);
    expect(document.headers.get('x-content-type-options')).toBe('nosniff');
    expect(document.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect((await document.json()) as object).not.toHaveProperty('end_session_endpoint');
    expect((await fetch(`${server.url}/dev/provider/session/end`)).status).toBe(404);
  });

  test('says nothing of its library in the log', () => {
    expect(server.output()).not.toMatch(/oidc-provider|WARNING|NOTICE/);
  });
});

test('the demo provider is not there once another is configured, nor in production', async () => {
  const google = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
  const production = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://auth.example.test',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'a@example.test',
    LIMITS: 'on',
  };
  for (const env of [google, production]) {
    const other = await startNewServer(inject('databaseUrl'), { env });
    const providers = await openBrowser(other.url).query<{ id: string }[]>('social.providers');
    expect(providers.data.map(({ id }) => id)).toEqual(env === google ? ['google'] : []);
    for (const path of ['/dev/provider/.well-known/openid-configuration', '/dev/provider/auth', '/dev/provider/interaction/x']) {
      expect((await fetch(other.url + path)).status).toBe(404);
    }
    await other.stop();
  }
});
