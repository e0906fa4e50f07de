import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openProviders } from '../open-providers.ts';
import { authorizationUrl } from './authorization-url.ts';
import { knownProviders } from './known-providers.ts';
import type { Profile } from './profile.ts';
import type { Provider } from './provider.ts';

const settings = knownProviders.map(({ id }) => ({ id, clientId: `${id}-client`, clientSecret: 'secret' }));
const providers = openProviders(
  { publicUrl: 'https://auth.example.test', providers: settings, allowPlainHttp: false },
  { now: () => new Date() },
);
const flow = { state: 'the state', verifier: 'v'.repeat(43), nonce: 'the nonce' };

async function urlOf(provider: Provider): Promise<URL> {
  return new URL(authorizationUrl(provider, (await provider.metadata(AbortSignal.timeout(100))).endpoints, flow));
}

test('twelve providers are known by name', () => {
  const ids = ['google', 'apple', 'microsoft', 'github', 'facebook', 'gitlab', 'discord', 'linkedin', 'x', 'slack', 'spotify', 'twitch'];
  expect([...providers.keys()]).toEqual(ids);
});

describe.each([...providers.values()])('$name', (provider) => {
  test('is asked over TLS at addresses that are known beforehand', async () => {
    const { endpoints } = await provider.metadata(AbortSignal.timeout(100));
    const urls = Object.values(endpoints).filter((url) => url !== null);
    expect(urls.length).toBeGreaterThanOrEqual(3);
    expect(urls.every((url) => new URL(url).protocol === 'https:')).toBe(true);
    expect(provider.protocol === 'oidc' ? endpoints.jwks : endpoints.userinfo).not.toBeNull();
  });

  test('is asked for a code, with PKCE by S256 unless that makes it fail (R-SOC-02, R-SOC-17)', async () => {
    const { searchParams } = await urlOf(provider);
    const asked = Object.fromEntries(searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      client_id: `${provider.id}-client`,
      redirect_uri: `https://auth.example.test/social/callback/${provider.id}`,
      state: 'the state',
    });
    const { code_challenge_method: method, code_challenge: challenge } = asked;
    const isWithout = ['facebook', 'linkedin', 'slack'].includes(provider.id);
    expect([method, challenge]).toEqual(
      isWithout ? [undefined, undefined] : ['S256', createHash('sha256').update(flow.verifier).digest('base64url')],
    );
    expect(searchParams.toString()).not.toContain(flow.verifier);
    expect(searchParams.get('nonce')).toBe(provider.protocol === 'oidc' ? 'the nonce' : null);
    expect(searchParams.get('response_mode')).toBe(provider.id === 'apple' ? 'form_post' : null);
  });

  test('is asked for who the person is and their address, and for nothing else (R-SOC-17)', async () => {
    const needed = new Set([
      ...['openid', 'email', 'profile', 'name'],
      ...['user:email', 'public_profile', 'identify', 'user-read-email', 'user:read:email'],
      ...['users.read', 'tweet.read', 'users.email'],
    ]);
    const asked = (await urlOf(provider)).searchParams.get('scope')?.split(' ') ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((scope) => !needed.has(scope))).toEqual([]);
  });

  test('says nothing that could be read when it says nonsense', () => {
    for (const nonsense of [
      null,
      7,
      'text',
      [],
      {},
      { id: '' },
      { sub: '' },
      { sub: 'a\0b' },
      { sub: 'half a pair \ud800' },
      { id: '\udc00' },
      { id: { $gt: '' } },
      { sub: 'x'.repeat(256) },
      ...(provider.id === 'slack' ? [{ sub: 's1', 'https://slack.com/team_id': 'T\0' }] : []),
    ]) {
      expect(() => provider.readProfile(nonsense, null)).toThrow();
    }
  });
});

const standard = { sub: 's1', email: 'ada@example.com', given_name: 'Ada', family_name: 'Lovelace', preferred_username: 'ada' };
const ada: Profile = {
  subject: 's1',
  email: 'ada@example.com',
  isEmailVerified: true,
  username: 'ada',
  firstName: 'Ada',
  lastName: 'Lovelace',
};
const primary = { email: 'ada@example.com', primary: true, verified: true };

/** What each tells of the same person, in its own words. */
test.each<[string, unknown, unknown, Partial<Profile>]>([
  ['google', { ...standard, email_verified: true }, null, {}],
  ['gitlab', { ...standard, email_verified: true }, null, {}],
  ['twitch', { ...standard, email_verified: true }, null, {}],
  ['linkedin', { ...standard, email_verified: true }, null, {}],
  ['microsoft', { ...standard, xms_edov: true }, null, {}],
  ['microsoft', { ...standard, email_verified: true }, null, { isEmailVerified: false }],
  ['apple', { sub: 's1', email: 'ada@example.com', email_verified: 'true' }, null, { username: null, firstName: '', lastName: '' }],
  ['apple', { sub: 's1', email: 'ada@example.com', email_verified: true }, null, { username: null, firstName: '', lastName: '' }],
  ['slack', { ...standard, email_verified: true, 'https://slack.com/team_id': 'T9' }, null, { subject: 'T9/s1' }],
  ['github', { id: 42, login: 'ada', name: 'Ada Lovelace', email: 'public@example.com' }, [primary], { subject: '42' }],
  ['github', { id: 42, login: 'ada', name: 'Ada Lovelace' }, [{ ...primary, verified: false }], { subject: '42', isEmailVerified: false }],
  [
    'github',
    { id: 42, login: 'ada', name: 'Ada Lovelace' },
    [{ email: 'old@example.com', primary: false, verified: true }, primary],
    { subject: '42' },
  ],
  [
    'github',
    { id: 42, login: 'ada', name: 'Ada Lovelace' },
    [
      { email: 'old@example.com', primary: false, verified: true },
      { ...primary, verified: false },
    ],
    { subject: '42', isEmailVerified: false },
  ],
  ['github', { id: 42, login: 'ada', name: 'Ada Lovelace' }, [], { subject: '42', email: null, isEmailVerified: false }],
  [
    'facebook',
    { id: 's1', email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace' },
    null,
    { username: null, isEmailVerified: false },
  ],
  ['discord', { id: 's1', email: 'ada@example.com', verified: true, username: 'ada', global_name: 'Ada Lovelace' }, null, {}],
  ['x', { data: { id: 's1', username: 'ada', name: 'Ada Lovelace', confirmed_email: 'ada@example.com' } }, null, {}],
  ['x', { data: { id: 's1', username: 'ada', name: 'Ada Lovelace' } }, null, { email: null, isEmailVerified: false }],
  ['spotify', { id: 's1', email: 'ada@example.com', display_name: 'Ada Lovelace' }, null, { username: null, isEmailVerified: false }],
])('%s: %j is read', (id, told, also, difference) => {
  expect(providers.get(id)?.readProfile(told, also)).toEqual({ ...ada, ...difference });
});

/** What resembles a yes, and is none. */
const almostTrue = ['true', 'TRUE', 'yes', '1', 1, {}, [], [true], null, undefined];

test.each([
  ['google', (value: unknown) => [{ ...standard, email_verified: value }, null]],
  ['gitlab', (value: unknown) => [{ ...standard, email_verified: value }, null]],
  ['twitch', (value: unknown) => [{ ...standard, email_verified: value }, null]],
  ['linkedin', (value: unknown) => [{ ...standard, email_verified: value }, null]],
  ['slack', (value: unknown) => [{ ...standard, email_verified: value }, null]],
  ['microsoft', (value: unknown) => [{ ...standard, xms_edov: value }, null]],
  ['discord', (value: unknown) => [{ id: 's1', email: 'ada@example.com', verified: value }, null]],
  ['apple', (value: unknown) => [{ sub: 's1', email: 'ada@example.com', email_verified: value === 'true' ? 'false' : value }, null]],
] as const)('%s: only a plain yes says that an address is verified (R-SOC-08)', (id, tell) => {
  const provider = providers.get(id);
  const read = (value: unknown) => provider?.readProfile(...(tell(value) as [unknown, unknown]));
  expect(read(true)?.isEmailVerified).toBe(true);
  for (const value of [...almostTrue, false, 'false']) expect(read(value)?.isEmailVerified).toBe(false);
});

test('GitHub: an address whose flags are no flags makes the whole answer unreadable (R-SOC-08)', () => {
  expect(() => providers.get('github')?.readProfile({ id: 1 }, [{ ...primary, verified: 'true' }])).toThrow();
});

test('Facebook: the request proves that the token was given to us', () => {
  const params = providers.get('facebook')?.userinfoParams?.('token', 'secret');
  expect(params?.['appsecret_proof']).toBe(createHmac('sha256', 'secret').update('token').digest('hex'));
});
