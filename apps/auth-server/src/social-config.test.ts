import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { readSocialConfig } from './social-config.ts';

const google = { GOOGLE_CLIENT_ID: 'g-id', GOOGLE_CLIENT_SECRET: 'g-secret' };
const acme = {
  OIDC_PROVIDERS: 'acme',
  OIDC_ACME_ISSUER: 'https://acme.example.test',
  OIDC_ACME_CLIENT_ID: 'a-id',
  OIDC_ACME_CLIENT_SECRET: 'a-secret',
};
const endpoints = ['AUTHORIZE_URL', 'TOKEN_URL', 'USERINFO_URL', 'JWKS_URL', 'ISSUER'];

function problemsOf(given: Record<string, string>, isProduction = false): string[] {
  return readSocialConfig(given, isProduction).problems;
}

describe('providers', () => {
  test('are off until they are configured', () => {
    expect(readSocialConfig({}, true)).toEqual({ providers: [], problems: [] });
  });

  test.each(['google', 'github', 'microsoft', 'facebook', 'gitlab', 'discord', 'linkedin', 'x', 'slack', 'spotify', 'twitch', 'apple'])(
    '%s is on with its two variables',
    (id) => {
      const given = { [`${id.toUpperCase()}_CLIENT_ID`]: 'an id', [`${id.toUpperCase()}_CLIENT_SECRET`]: 'a secret' };
      const { providers, problems } = readSocialConfig(given, true);
      expect(problems).toEqual([]);
      expect(providers).toMatchObject([{ id, clientId: 'an id', clientSecret: 'a secret', mayLink: false, keepsTokens: false }]);
    },
  );

  test('any issuer is on with its variables, under a name of its own', () => {
    expect(readSocialConfig({ ...acme, OIDC_ACME_NAME: 'Acme Inc.' }, true).providers).toMatchObject([
      { id: 'acme', clientId: 'a-id', oidc: { name: 'Acme Inc.', issuer: 'https://acme.example.test' } },
    ]);
    const dashed = {
      OIDC_PROVIDERS: 'my-corp',
      OIDC_MY_CORP_ISSUER: 'https://c.test',
      OIDC_MY_CORP_CLIENT_ID: 'i',
      OIDC_MY_CORP_CLIENT_SECRET: 's',
    };
    expect(readSocialConfig(dashed, true)).toMatchObject({ providers: [{ id: 'my-corp', oidc: { name: 'my-corp' } }], problems: [] });
  });

  test('are trusted to link, and their tokens kept, when they are named', () => {
    const { providers } = readSocialConfig({ ...google, ...acme, SOCIAL_LINK_TRUSTED: 'acme', SOCIAL_KEEP_TOKENS: ' google , acme' }, true);
    expect(providers.map(({ id, mayLink, keepsTokens }) => [id, mayLink, keepsTokens])).toEqual([
      ['google', false, true],
      ['acme', true, true],
    ]);
    expect(problemsOf({ ...google, SOCIAL_LINK_TRUSTED: 'google,acme' })).toEqual([
      'SOCIAL_LINK_TRUSTED may only name providers that are configured',
    ]);
    expect(problemsOf({ SOCIAL_KEEP_TOKENS: 'google' })).toEqual(['SOCIAL_KEEP_TOKENS may only name providers that are configured']);
  });

  test('that are half configured are a problem, by the name of what is missing', () => {
    expect(problemsOf({ GOOGLE_CLIENT_ID: 'g-id' })).toEqual(['GOOGLE_CLIENT_SECRET must be set, or nothing of this provider']);
    expect(problemsOf({ GITHUB_CLIENT_SECRET: 'secret' })).toEqual(['GITHUB_CLIENT_ID must be set, or nothing of this provider']);
    expect(problemsOf({ GOOGLE_ISSUER: 'http://localhost:1' })).toHaveLength(2);
    expect(problemsOf({ OIDC_PROVIDERS: 'acme' })).toEqual(
      ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET'].map((name) => `OIDC_ACME_${name} must be set, or nothing of this provider`),
    );
  });

  test.each(['Acme', 'google', '9lives', 'a b', '../x', 'a'.repeat(33)])('cannot be called %j', (name) => {
    expect(problemsOf({ OIDC_PROVIDERS: name })).toEqual(['OIDC_PROVIDERS must be names of your own: small letters, digits and hyphens']);
  });

  test('cannot be named twice', () => {
    expect(problemsOf({ ...acme, OIDC_PROVIDERS: 'acme,acme' })).toEqual(['OIDC_PROVIDERS names a provider twice']);
  });
});

describe('endpoints', () => {
  const replaced = Object.fromEntries(endpoints.map((name) => [`GOOGLE_${name}`, `http://localhost:9/${name}`]));

  test('can all be replaced outside production', () => {
    const { providers, problems } = readSocialConfig({ ...google, ...replaced }, false);
    expect(problems).toEqual([]);
    expect(providers[0]?.overrides).toEqual({
      authorize: 'http://localhost:9/AUTHORIZE_URL',
      token: 'http://localhost:9/TOKEN_URL',
      userinfo: 'http://localhost:9/USERINFO_URL',
      jwks: 'http://localhost:9/JWKS_URL',
      issuer: 'http://localhost:9/ISSUER',
    });
  });

  test('of an issuer can be replaced one by one', () => {
    const given = { ...acme, OIDC_ACME_TOKEN_URL: 'http://acme:9/token', OIDC_ACME_JWKS_URL: 'http://acme:9/jwks' };
    const { providers, problems } = readSocialConfig(given, false);
    expect(problems).toEqual([]);
    expect(providers).toMatchObject([
      { id: 'acme', oidc: { issuer: acme.OIDC_ACME_ISSUER }, overrides: { token: 'http://acme:9/token', jwks: 'http://acme:9/jwks' } },
    ]);
    expect(problemsOf(given, true)).toEqual([
      'OIDC_ACME_TOKEN_URL cannot be set in production',
      'OIDC_ACME_JWKS_URL cannot be set in production',
    ]);
  });

  test('cannot be replaced in production, however they are written', () => {
    const secure = Object.fromEntries(Object.entries(replaced).map(([name, url]) => [name, url.replace('http:', 'https:')]));
    for (const given of [replaced, secure]) {
      expect(problemsOf({ ...google, ...given }, true)).toEqual(endpoints.map((name) => `GOOGLE_${name} cannot be set in production`));
    }
    expect(problemsOf({ ...acme, OIDC_ACME_ISSUER: 'http://acme.example.test' }, true)).toEqual([
      'OIDC_ACME_ISSUER must be an https:// URL',
    ]);
    expect(problemsOf({ ...acme, OIDC_ACME_ISSUER: 'http://acme.example.test' })).toEqual([]);
  });

  test('must be addresses', () => {
    expect(problemsOf({ ...google, GOOGLE_TOKEN_URL: 'localhost:9' })).toEqual(['GOOGLE_TOKEN_URL must be an http(s):// URL']);
    expect(problemsOf({ ...google, GOOGLE_TOKEN_URL: 'file:///token' })).toEqual(['GOOGLE_TOKEN_URL must be an http(s):// URL']);
  });
});

describe('Apple', () => {
  const keyOf = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const pem = keyOf('P-256');
  const apple = { APPLE_CLIENT_ID: 'id', APPLE_TEAM_ID: 'team', APPLE_KEY_ID: 'key' };

  test('takes a key, with line breaks written out or not', () => {
    for (const text of [pem, pem.replaceAll('\n', '\\n')]) {
      const { providers, problems } = readSocialConfig({ ...apple, APPLE_PRIVATE_KEY: text }, true);
      expect(problems).toEqual([]);
      expect(providers[0]?.clientSecret).toEqual({ teamId: 'team', keyId: 'key', privateKey: pem });
    }
  });

  test.each(['nonsense', keyOf('P-384')])('is not taken with a key that is none, or another', (text) => {
    const [problem = '', ...more] = problemsOf({ ...apple, APPLE_PRIVATE_KEY: text });
    expect(problem).toBe('APPLE_PRIVATE_KEY must be the text of the .p8 file that Apple gave out');
    expect(more).toEqual([]);
  });
});

test.each([
  ['common', []],
  ['11111111-2222-3333-4444-555555555555', []],
  ['contoso.com', ['MICROSOFT_TENANT must be common, organizations, consumers or the id of a tenant']],
])('Microsoft for %s', (tenant, problems) => {
  expect(problemsOf({ MICROSOFT_CLIENT_ID: 'i', MICROSOFT_CLIENT_SECRET: 's', MICROSOFT_TENANT: tenant })).toEqual(problems);
});

test('all problems are reported at once, with those of everything else, and no value is shown', () => {
  const given = {
    PORT: '3000',
    GOOGLE_CLIENT_ID: 'VALUE',
    SMTP_URL: 'smtp://mail.test',
    OIDC_PROVIDERS: 'BAD VALUE',
    SECRET: 'x'.repeat(32),
  };
  const read = () => readConfig(given);
  expect(read).toThrow('GOOGLE_CLIENT_SECRET must be set');
  expect(read).toThrow('MAIL_FROM must be set');
  expect(read).toThrow('OIDC_PROVIDERS must be names');
  expect(read).not.toThrow('VALUE');
});
