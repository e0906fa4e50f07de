import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { audited, happened, mailed, rows } from '../look-inside.ts';
import { signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestBrowser, type TestRouter } from '../test-router.ts';

type Tokens = { accessToken: string; refreshToken: string };

const grace = 10;
let router: TestRouter;
let person: TestPerson;
let phone: TestBrowser;
let first: Tokens;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());
beforeEach(async () => {
  person = await signedInPerson(router);
  phone = router.browser({ credentials: 'token', userAgent: 'A phone' });
  const { data } = await phone.call<{ tokens: Tokens }>('auth.login', { identifier: person.email, password: person.password });
  if (!data) throw new Error('the login was refused');
  first = data.tokens;
});

async function refresh({ refreshToken }: Tokens): Promise<Tokens> {
  const { data, refusal } = await phone.call<Tokens>('auth.refresh', { refreshToken });
  if (!data) throw refusal;
  return data;
}

const refused = ({ refreshToken }: Tokens) => phone.refusalOf('auth.refresh', { refreshToken });
const isActive = async ({ accessToken }: Tokens) =>
  (await phone.call<{ active: boolean }>('auth.verifyToken', { token: accessToken })).data?.active;

/** The client's own token works on, in its next generation. */
async function goesOn(tokens: Tokens): Promise<void> {
  router.clock.advance(grace + 1);
  expect(await isActive(await refresh(tokens))).toBe(true);
}

test('a refresh token is opaque, and each use gives another; the session stays the same (R-TOK-07)', async () => {
  const second = await refresh(first);
  const third = await refresh(second);
  expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
  expect(third.refreshToken).toMatch(/^lkr_[\w-]{75}$/);
  const sessions = await rows(
    router,
    `select refresh_counter from latchkey.session where user_id = '${person.userId}' and token_hash is null`,
  );
  expect(sessions).toEqual([{ refresh_counter: 2 }]);
});

test('a refresh token names one session: written for another it is none (R-TOK-07)', async () => {
  const [other] = await rows(router, `select id from latchkey.session where user_id = '${person.userId}' and token_hash is not null`);
  const bytes = Buffer.from(first.refreshToken.slice(4), 'base64url');
  Buffer.from(String(other?.['id']).replaceAll('-', ''), 'hex').copy(bytes, 4);
  expect(await refused({ ...first, refreshToken: `lkr_${bytes.toString('base64url')}` })).toBe('not_authenticated');
});

describe('parallel uses make one successor and log nobody out (R-TOK-08)', () => {
  test('twenty at once get the same refresh token, and it works on', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => refresh(first)));
    expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await Promise.all(all.map(isActive))).toEqual(Array(20).fill(true));
    await goesOn(all[0] ?? first);
    expect(await mailed(router, person.email)).not.toContain('refresh_reused');
  });

  test('a lost answer may be asked for again, for ten seconds, and the client goes on', async () => {
    const lost = await refresh(first);
    router.clock.advance(grace);
    const again = await refresh(first);
    expect(again.refreshToken).toBe(lost.refreshToken);
    await goesOn(again);
  });
});

describe('a replaced token that comes again ends the session (R-TOK-09)', () => {
  test.each([
    [
      'after the grace',
      async () => {
        const owner = await refresh(first);
        router.clock.advance(grace + 1);
        return owner;
      },
    ],
    ['of two generations ago, at once', async () => refresh(await refresh(first))],
    [
      'of an age ago',
      async () => {
        let owner = await refresh(first);
        for (let times = 0; times < 5; times += 1) {
          router.clock.advance(86_400);
          owner = await refresh(owner);
        }
        return owner;
      },
    ],
  ])('%s', async (_, use) => {
    const owner = await use();
    expect(await refused(first)).toBe('refresh_token_reused');
    expect(await refused(owner)).toBe('refresh_token_reused');
    expect(await isActive(owner)).toBe(false);
    expect(await person.browser.refusalOf('auth.user')).toBeNull();
  });

  test('it is recorded, told and mailed, once', async () => {
    await refresh(await refresh(first));
    expect(await Promise.all(Array.from({ length: 8 }, () => refused(first)))).toEqual(Array(8).fill('refresh_token_reused'));
    expect((await audited(router, person.userId)).filter((event) => event === 'authn_token_reuse')).toHaveLength(1);
    expect((await mailed(router, person.email)).filter((kind) => kind === 'refresh_reused')).toHaveLength(1);
    const events = (await happened(router, person.userId)).slice(-2);
    expect(events.map(({ type }) => type)).toEqual(['session.revoked', 'refresh.reused']);
    expect(events[0]?.data).toMatchObject({ reason: 'refresh_reused' });
  });
});

describe('grace is for the immediate predecessor, and never after an end (R-TOK-10)', () => {
  test('using it does not make it longer', async () => {
    await refresh(first);
    router.clock.advance(grace - 1);
    await refresh(first);
    router.clock.advance(2);
    expect(await refused(first)).toBe('refresh_token_reused');
  });

  test('a thief who alternates with the owner within the grace is found at the first step back', async () => {
    const second = await refresh(first);
    await refresh(first);
    await refresh(second);
    expect(await refused(first)).toBe('refresh_token_reused');
  });

  test.each([
    [
      'a logout',
      async () => {
        await phone.call('auth.logout');
      },
      'not_authenticated',
    ],
    [
      'a revocation',
      async () => {
        await person.browser.call('auth.sessions.revokeOthers');
      },
      'not_authenticated',
    ],
    [
      'a password change elsewhere',
      async () => {
        await person.browser.call('password.change', { currentPassword: person.password, newPassword: 'another pass phrase' });
      },
      'not_authenticated',
    ],
    [
      'the end of the account',
      async () => {
        await person.browser.call('auth.deleteUser');
      },
      'not_authenticated',
    ],
  ])('not after %s', async (_, end, reason) => {
    const second = await refresh(first);
    phone.bearer = second.accessToken;
    await end();
    for (const tokens of [first, second]) expect(await refused(tokens)).toBe(reason);
  });

  test('a password change gives its own session new tokens, withdraws the ones before, and takes their return for no theft', async () => {
    const second = await refresh(first);
    phone.bearer = second.accessToken;
    const change = { currentPassword: person.password, newPassword: 'another pass phrase' };
    const { data } = await phone.call<{ tokens: Tokens }>('password.change', change);
    for (const tokens of [first, second]) expect(await refused(tokens)).toBe('not_authenticated');
    if (data) await goesOn(data.tokens);
    expect(await mailed(router, person.email)).not.toContain('refresh_reused');
  });
});
