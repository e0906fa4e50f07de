import { createServer, type ServerResponse } from 'node:http';
import type { Log, ProviderSettings } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { close, listen } from '../social/issuer.ts';
import { type MockProvider, startMockProvider } from '../social/mock-provider.ts';
import { finish, openSocialRouter, type SocialRouter } from '../social/social-router.ts';

let mock: MockProvider;
let router: SocialRouter;
let broken: ReturnType<typeof createServer>;
let behaviour: (response: ServerResponse, path: string) => void;
const logged: string[] = [];

const secretTexts = ['SECRET-DESCRIPTION', '<script>', 'Ünsinn'];

beforeAll(async () => {
  mock = await startMockProvider();
  broken = createServer((request, response) => behaviour(response, request.url ?? ''));
  const brokenUrl = await listen(broken);
  const everywhere = {
    authorize: `${brokenUrl}/authorize`,
    token: `${brokenUrl}/token`,
    userinfo: `${brokenUrl}/me`,
    jwks: `${brokenUrl}/jwks`,
  };
  const providers: ProviderSettings[] = [
    { id: 'mock', clientId: 'us', clientSecret: 'secret', oidc: { name: 'Mock', issuer: mock.url } },
    { id: 'google', clientId: 'us', clientSecret: 'secret', overrides: { ...everywhere, issuer: brokenUrl } },
    { id: 'spotify', clientId: 'us', clientSecret: 'secret', overrides: everywhere },
    { id: 'discovered', clientId: 'us', clientSecret: 'secret', oidc: { name: 'Broken', issuer: brokenUrl } },
  ];
  router = await openSocialRouter({ more: providers });
  const keep = (fields: object, message: string) => void logged.push(JSON.stringify([fields, message]));
  const log: Log = { info: keep, warn: keep, error: keep };
  Object.assign(router.core.host, { log });
});
beforeEach(() => {
  for (const kind of ['token', 'exchange', 'userinfo'] as const) mock.faults[kind] = undefined;
  logged.length = 0;
});
afterAll(async () => {
  await router.close();
  await mock.close();
  await close(broken);
});

async function expectNothingDone(): Promise<void> {
  expect(await router.core.db.query.userTable.findMany()).toEqual([]);
  expect(await router.core.db.query.socialAccountTable.findMany()).toEqual([]);
  expect(await router.core.db.query.sessionTable.findMany()).toEqual([]);
  expect(await router.core.db.query.mailTable.findMany()).toEqual([]);
}

describe('a provider that lies is not believed, and nothing is half done', () => {
  test.each<[string, MockProvider['faults']]>([
    ['another issuer', { token: ({ payload }) => void Object.assign(payload, { iss: 'https://evil.example.test' }) }],
    ['another audience', { token: ({ payload }) => void Object.assign(payload, { aud: 'them' }) }],
    ['a nonce of its own', { token: ({ payload }) => void Object.assign(payload, { nonce: 'mine' }) }],
    ['no nonce', { token: ({ payload }) => void delete payload['nonce'] }],
    ['a token that is over', { token: ({ payload }) => void Object.assign(payload, { exp: payload.iat - 60 }) }],
    ['no subject', { token: ({ payload }) => void delete payload['sub'] }],
    ['a subject that is none', { token: ({ payload }) => void Object.assign(payload, { sub: { $ne: null } }) }],
    ['an unknown key', { token: ({ header }) => void Object.assign(header, { kid: 'unknown' }) }],
    ['no ID token', { exchange: ({ body }) => void (typeof body === 'object' && delete body['id_token']) }],
    ['an ID token that is none', { exchange: ({ body }) => void (typeof body === 'object' && Object.assign(body, { id_token: 'x.y.z' })) }],
    ['no access token', { exchange: ({ body }) => void (typeof body === 'object' && delete body['access_token']) }],
    ['an error', { exchange: (response) => void Object.assign(response, { statusCode: 500, body: { error: 'SECRET-DESCRIPTION' } }) }],
    [
      'a refusal with a story',
      {
        exchange: (response) =>
          void Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant', error_description: '<script> Ünsinn' } }),
      },
    ],
    [
      'user info about somebody else (R-SOC-05)',
      {
        userinfo: (response) =>
          void Object.assign(response, { body: { sub: 'victim', email: 'victim@example.com', email_verified: true } }),
      },
    ],
    [
      'user info about nobody',
      { userinfo: (response) => void Object.assign(response, { body: { email: 'victim@example.com', email_verified: true } }) },
    ],
    ['user info that is refused', { userinfo: (response) => void Object.assign(response, { statusCode: 401, body: {} }) }],
  ])('%s (R-SOC-14, R-SOC-15)', async (_, faults) => {
    const browser = router.browser();
    Object.assign(mock.faults, faults);
    const input = await router.goTo('mock', 'johndoe', browser);
    const { refusal } = await browser.call('social.finish', input);
    expect(refusal).toMatchObject({ reason: 'provider_failed', message: 'provider_failed', fields: [] });
    await expectNothingDone();
    expect((await browser.call('auth.session')).data).toBeNull();
    // The operator learns what was wrong, in our words; neither they nor the caller what the provider said.
    const text = logged.join('\n');
    expect(text).toContain('a provider could not be used');
    for (const secret of [...secretTexts, input.code ?? '', input.state]) expect(text + JSON.stringify(refusal)).not.toContain(secret);
  });

  test('an address and the word that it is verified come from the same place', async () => {
    Object.assign(mock.faults, {
      token: ({ payload }) =>
        void (payload['aud'] !== undefined && Object.assign(payload, { email: 'mine@example.com', email_verified: false })),
      userinfo: (response) => void Object.assign(response, { body: { sub: 'johndoe', email: 'victim@example.com', email_verified: true } }),
    } satisfies MockProvider['faults']);
    const { data } = await router.comeFrom('mock', 'johndoe', router.browser());
    expect(data).toEqual({ status: 'email_verification_required', email: 'mine@example.com', returnTo: '/' });
  });
});

/** A way to a provider whose answer to the code is `behaviour`. */
async function finishAtBroken(provider = 'google'): Promise<{ reason: string | null; milliseconds: number }> {
  const browser = router.browser();
  const { data } = await browser.call<{ authorizationUrl: string }>('social.start', { provider, intent: 'login' });
  const state = new URL(data?.authorizationUrl ?? '').searchParams.get('state') ?? '';
  const startedAt = performance.now();
  const { reason } = await finish(browser, { provider, state, code: 'a code' });
  const again = await finish(browser, { provider, state, code: 'a code' });
  expect(again.reason).toBe('state_mismatch');
  return { reason, milliseconds: performance.now() - startedAt };
}

describe('a provider that fails is given up within six seconds, with a reason', () => {
  test.each<[string, typeof behaviour]>([
    ['says nothing', () => undefined],
    ['begins and never ends', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":')],
    ['drips', (response) => drip(response)],
    ['sends 100 MB', (response) => pour(response)],
    ['redirects', (response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/token' }).end()],
    ['redirects to a file', (response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end()],
    ['hangs up', (response) => void response.destroy()],
    ['answers with a page', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<script>')],
    ['is overloaded', (response) => void response.writeHead(503).end('{}')],
  ])('one that %s (R-SOC-14)', async (_, does) => {
    behaviour = does;
    const { reason, milliseconds } = await finishAtBroken();
    expect(reason).toBe('provider_failed');
    expect(milliseconds).toBeLessThan(6_000);
  });

  test('at the start too, where it is asked about itself (R-SOC-14)', async () => {
    behaviour = () => undefined;
    const startedAt = performance.now();
    expect(await router.browser().refusalOf('social.start', { provider: 'discovered', intent: 'login' })).toBe('provider_failed');
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });

  test('its time is for all requests together (R-SOC-14)', async () => {
    const asked: string[] = [];
    behaviour = (response, path) => {
      asked.push(path);
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"a","id":"somebody"}'), 3_000);
    };
    const { reason, milliseconds } = await finishAtBroken('spotify');
    expect(reason).toBe('provider_failed');
    expect(asked).toEqual(['/token', '/me']);
    expect(milliseconds).toBeLessThan(6_000);
  });
});

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 200);
  response.on('close', () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  let left = 100 * 1024 * 1024;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  more();
}
