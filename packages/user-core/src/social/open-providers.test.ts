import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json, type LocalServer, startLocalServer } from '../../test/local-server.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { openProviders, type ProviderSettings } from './open-providers.ts';
import type { Provider } from './providers/provider.ts';

const clock = manualClock();
let issuer: LocalServer;
let document: Record<string, unknown> = {};
let status = 200;

beforeAll(async () => {
  issuer = await startLocalServer((_, response) => json(response, document, status));
});
beforeEach(() => {
  issuer.requests.length = 0;
  status = 200;
  document = {
    issuer: issuer.url,
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    userinfo_endpoint: `${issuer.url}/me`,
    jwks_uri: `${issuer.url}/jwks`,
  };
});
afterAll(() => issuer.close());

function open(over: Partial<ProviderSettings>, allowPlainHttp = true): Provider {
  const settings: ProviderSettings = { id: 'acme', clientId: 'us', clientSecret: 'secret', ...over };
  const provider = openProviders({ publicUrl: 'https://auth.example.test', providers: [settings], allowPlainHttp }, clock).get(settings.id);
  if (!provider) throw new Error('a provider that is configured can be opened');
  return provider;
}

const soon = () => AbortSignal.timeout(5000);
const acme = () => open({ oidc: { name: 'Acme', issuer: issuer.url } });

describe('an issuer by discovery', () => {
  test('is asked once an hour what it says of itself', async () => {
    const provider = acme();
    const expected = {
      endpoints: {
        authorize: `${issuer.url}/authorize`,
        token: `${issuer.url}/token`,
        userinfo: `${issuer.url}/me`,
        jwks: `${issuer.url}/jwks`,
      },
      clientAuth: 'basic',
      sendsIssuer: false,
    };
    expect(issuer.requests).toHaveLength(0);
    expect(await Promise.all([provider.metadata(soon()), provider.metadata(soon())])).toEqual([expected, expected]);
    clock.advance(3600);
    await provider.metadata(soon());
    expect(issuer.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
    clock.advance(1);
    await provider.metadata(soon());
    expect(issuer.requests).toHaveLength(2);
  });

  test('says how it wants to know us, and whether it names itself in answers', async () => {
    document['token_endpoint_auth_methods_supported'] = ['client_secret_post', 'private_key_jwt'];
    document['authorization_response_iss_parameter_supported'] = true;
    expect(await acme().metadata(soon())).toMatchObject({ clientAuth: 'post', sendsIssuer: true });
  });

  test('that calls itself something else is not believed (R-SOC-04)', async () => {
    for (const other of ['https://evil.example.test', `${issuer.url}/`, undefined]) {
      document['issuer'] = other;
      await expect(acme().metadata(soon())).rejects.toThrow('its discovery document');
    }
  });

  test('that sends us to a place without TLS is not followed, outside development (R-SOC-14)', async () => {
    const secure = open({ oidc: { name: 'Acme', issuer: issuer.url } }, false);
    await expect(secure.metadata(soon())).rejects.toThrow('its address is not https');
    document['token_endpoint'] = 'file:///etc/passwd';
    await expect(acme().metadata(soon())).rejects.toThrow('its discovery document names no https address');
  });

  test('that fails is asked again the next time', async () => {
    const provider = acme();
    status = 500;
    await expect(provider.metadata(soon())).rejects.toThrow('its discovery document cannot be used');
    status = 200;
    expect(await provider.metadata(soon())).toMatchObject({ clientAuth: 'basic' });
  });
});

describe('a provider by name', () => {
  test('can be moved, address by address', async () => {
    const moved = open({ id: 'google', overrides: { token: 'http://127.0.0.1:9/token', userinfo: 'http://127.0.0.1:9/me' } });
    expect((await moved.metadata(soon())).endpoints).toEqual({
      authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
      token: 'http://127.0.0.1:9/token',
      userinfo: 'http://127.0.0.1:9/me',
      jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    });
    expect(moved.issuer).toBe('https://accounts.google.com');
  });

  test('at another issuer has the addresses of that one, but for those that are given', async () => {
    const moved = open({ id: 'google', overrides: { issuer: issuer.url, userinfo: 'http://127.0.0.1:9/me' } });
    expect(moved.issuer).toBe(issuer.url);
    expect((await moved.metadata(soon())).endpoints).toEqual({
      authorize: `${issuer.url}/authorize`,
      token: `${issuer.url}/token`,
      userinfo: 'http://127.0.0.1:9/me',
      jwks: `${issuer.url}/jwks`,
    });
  });

  test('without ID tokens is never discovered', async () => {
    const moved = open({ id: 'github', overrides: { issuer: 'https://github.example.test' } });
    expect((await moved.metadata(soon())).endpoints.token).toBe('https://github.com/login/oauth/access_token');
    expect(issuer.requests).toHaveLength(0);
  });

  test('of many tenants has one issuer when it is moved', () => {
    expect(open({ id: 'microsoft' }).issuerFor).toBeDefined();
    expect(open({ id: 'microsoft', overrides: { issuer: issuer.url } }).issuerFor).toBeUndefined();
  });

  test('that nobody knows cannot be opened', () => {
    expect(() => open({ id: 'nobody' })).toThrow('no provider is known as nobody');
  });
});
