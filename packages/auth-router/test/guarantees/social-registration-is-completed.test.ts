import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';
import { newDetails, signedInPerson } from '../test-person.ts';

/** An application whose people have to name their team, at a site where only usernames log in. */
let router: SocialRouter;
let plain: SocialRouter;

beforeAll(async () => {
  const fields = z.object({ team: z.string().min(1).max(20), theme: z.enum(['light', 'dark']).default('light') });
  router = await openSocialRouter({ fields, policy: { loginIdentifiers: ['username'] } });
  plain = await openSocialRouter({ fields: z.object({ theme: z.enum(['light', 'dark']).default('light') }) });
});
afterAll(async () => {
  await router.close();
  await plain.close();
});

const incomplete = async (credentials: 'cookie' | 'token' = 'cookie') => {
  const { person, email } = newcomerAt(router.acme, { preferred_username: 'ada' });
  const browser = router.browser({ credentials });
  const { data } = await router.comeFrom('acme', person, browser, { returnTo: '/team' });
  return { browser, email, person, data };
};

describe('an incomplete registration', () => {
  test('asks for what the site and the application demand, and suggests what the provider told', async () => {
    const { data, email } = await incomplete();
    expect(data).toEqual({ status: 'registration_incomplete', ticket: null, missing: ['username'], suggested: { email, username: 'ada' } });
  });

  test('is completed once, with the address that the provider verified', async () => {
    const { browser, email } = await incomplete();
    const { username } = newDetails();
    const input = { username, fields: { team: 'blue' } };
    const { data } = await browser.call('social.completeRegistration', input);
    const user = { email, emailVerified: true, username, fields: { team: 'blue', theme: 'light' } };
    expect(data).toMatchObject({ status: 'authenticated', user, returnTo: '/team' });
    expect(await browser.refusalOf('social.completeRegistration', { ...input, username: 'other' })).toBe('state_mismatch');
  });

  test('with something wrong or lacking can be mended', async () => {
    const taken = newDetails().username;
    const first = await incomplete();
    await first.browser.call('social.completeRegistration', { username: taken, fields: { team: 'red' } });
    const { browser } = await incomplete();
    const complete = (input: object) => browser.call('social.completeRegistration', input);
    const lacking = await complete({ fields: { team: 'red' } });
    expect(lacking.refusal).toMatchObject({ reason: 'invalid_input', fields: [{ path: 'username', code: 'required' }] });
    expect((await complete({ username: newDetails().username })).refusal?.reason).toBe('invalid_input');
    expect((await complete({ username: newDetails().username, fields: { team: 'red', role: 'admin' } })).refusal?.reason).toBe(
      'invalid_input',
    );
    expect((await complete({ username: 'a b', fields: { team: 'red' } })).refusal?.reason).toBe('invalid_input');
    expect((await complete({ username: taken.toUpperCase(), fields: { team: 'red' } })).refusal?.reason).toBe('username_taken');
    expect((await complete({ username: newDetails().username, fields: { team: 'red' } })).data?.['status']).toBe('authenticated');
  });

  test('belongs to the browser that came, for ten minutes', async () => {
    const { browser } = await incomplete();
    const input = { username: newDetails().username, fields: { team: 'blue' } };
    const other = await incomplete();
    expect(await router.browser().refusalOf('social.completeRegistration', input)).toBe('state_mismatch');
    expect(other.browser.cookies.get('social')).not.toBe(browser.cookies.get('social'));
    router.clock.advance(600);
    expect(await browser.refusalOf('social.completeRegistration', input)).toBe('state_mismatch');
  });

  test('of a caller with tokens belongs to its ticket', async () => {
    const { browser: app, data } = await incomplete('token');
    const { data: others } = await incomplete('token');
    const input = { username: newDetails().username, fields: { team: 'blue' } };
    const ticket = data?.ticket ?? '';
    expect(ticket).toMatch(/^lkt_/);
    for (const wrong of [undefined, 'lkt_', others?.ticket?.replace(/.$/, 'x')]) {
      expect(await app.refusalOf('social.completeRegistration', { ...input, ...(wrong && { ticket: wrong }) })).toBe('state_mismatch');
    }
    const browser = (await incomplete()).browser;
    expect(await browser.refusalOf('social.completeRegistration', { ...input, ticket })).toBe('state_mismatch');
    const completed = await app.call('social.completeRegistration', { ...input, ticket });
    expect(completed.data).toMatchObject({ status: 'authenticated', tokens: { refreshToken: expect.any(String) } });
    expect([...app.cookies.keys()]).toEqual([]);
    expect(await app.refusalOf('social.completeRegistration', { ...input, ticket })).toBe('state_mismatch');
  });

  test('completed in parallel makes one account', async () => {
    const { browser, email } = await incomplete();
    const { username } = newDetails();
    const calls = Array.from({ length: 6 }, () => browser.call('social.completeRegistration', { username, fields: { team: 'blue' } }));
    const all = await Promise.all(calls);
    const winners = all.filter(({ data }) => data?.['status'] === 'authenticated');
    expect(winners).toHaveLength(1);
    expect(
      all
        .filter(({ refusal }) => refusal !== null)
        .every(({ refusal }) => ['state_mismatch', 'username_taken'].includes(refusal?.reason ?? '')),
    ).toBe(true);
    expect((await router.core.db.query.userTable.findMany()).filter((user) => user.email === email)).toHaveLength(1);
  });

  test('whose verified address is exchanged for a typed one has to prove that', async () => {
    const { browser } = await incomplete();
    const { email, username } = newDetails();
    const { data } = await browser.call('social.completeRegistration', { email, username, fields: { team: 'blue' } });
    expect(data).toEqual({ status: 'email_verification_required', email, returnTo: '/team' });
  });

  test('meets an account that took the address meanwhile, and is told to connect', async () => {
    const { browser, email } = await incomplete();
    const other = newcomerAt(router.corp, { email });
    const rival = router.browser();
    await router.comeFrom('corp', other.person, rival);
    await rival.call('social.completeRegistration', { username: newDetails().username, fields: { team: 'red' } });
    const { data } = await browser.call('social.completeRegistration', { username: newDetails().username, fields: { team: 'blue' } });
    expect(data).toEqual({ status: 'link_required', provider: 'acme', email });
  });
});

test('fields that demand nothing get their defaults, and ask for nothing', async () => {
  const { person } = newcomerAt(plain.acme);
  const { data } = await plain.comeFrom('acme', person, plain.browser());
  expect(data).toMatchObject({ status: 'authenticated', user: { fields: { theme: 'light' } } });
});

test('a name that the provider suggests is nobody’s until they take it', async () => {
  const owner = await signedInPerson(plain);
  const { person } = newcomerAt(plain.acme, { preferred_username: owner.username });
  const { data } = await plain.comeFrom('acme', person, plain.browser());
  expect(data?.user?.username).toBeNull();
});
