import { providerTokens } from '@latchkey/user-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newcomerAt, openSocialRouter, type SocialRouter } from '../social/social-router.ts';

let router: SocialRouter;

beforeAll(async () => {
  router = await openSocialRouter({
    settings: { corp: { keepsTokens: true } },
    secrets: [{ id: 'first', secret: 'one secret of thirty-two bytes or more' }],
  });
});
afterAll(() => router.close());

/** All that is stored, as one text. */
async function dump(): Promise<string> {
  const { query } = router.core.db;
  const tables = [
    query.socialAccountTable,
    query.socialFlowTable,
    query.socialRegistrationTable,
    query.registrationTable,
    query.auditTable,
    query.eventTable,
  ];
  return JSON.stringify(await Promise.all(tables.map((table) => (table as typeof query.auditTable).findMany())));
}

test('a provider’s tokens are not kept unless asked for (R-SOC-16)', async () => {
  const { person } = newcomerAt(router.acme);
  const { data } = await router.comeFrom('acme', person, router.browser());
  const rows = await router.core.db.query.socialAccountTable.findMany();
  expect(rows.filter(({ provider }) => provider === 'acme').map(({ sealedTokens }) => sealedTokens)).toEqual([null]);
  expect(await providerTokens(router.core, data?.user?.id ?? '', 'acme')).toEqual([]);
});

test('kept ones are sealed with a named key for their own identity, renewed at each login, and shown to nobody (R-SOC-16)', async () => {
  const { person } = newcomerAt(router.corp);
  const browser = router.browser();
  const { data } = await router.comeFrom('corp', person, browser);
  const userId = data?.user?.id ?? '';
  const [kept] = await providerTokens(router.core, userId, 'corp');
  expect(kept).toEqual({ providerAccountId: person, accessToken: expect.any(String), refreshToken: null, expiresAt: expect.any(Date) });
  const token = kept?.accessToken ?? 'none';
  expect(JSON.stringify(data)).not.toContain(token);
  expect(JSON.stringify((await browser.call('social.accounts')).data)).not.toContain(token);
  expect(await dump()).not.toContain(token);
  const sealed = (await router.core.db.query.socialAccountTable.findMany()).find((row) => row.subject === person)?.sealedTokens ?? '';
  expect(sealed).toMatch(/^s1\$first\$/);
  expect(router.core.keys.open('social-token', sealed, JSON.stringify(['corp', router.corp.url, 'somebody else']))).toBeNull();
  expect(router.core.keys.open('social-flow', sealed, JSON.stringify(['corp', router.corp.url, person]))).toBeNull();

  await router.comeFrom('corp', person, browser);
  const [renewed] = await providerTokens(router.core, userId, 'corp');
  expect(renewed?.accessToken).not.toBe(token);
  expect(await providerTokens(router.core, userId, 'acme')).toEqual([]);
});

test('tokens wait sealed while a registration is incomplete or its address unproven (R-SOC-16)', async () => {
  const nameless = newcomerAt(router.corp, { email: '' }).person;
  const browser = router.browser();
  await router.comeFrom('corp', nameless, browser);
  const unsure = newcomerAt(router.corp, { email_verified: false });
  const other = router.browser();
  await router.comeFrom('corp', unsure.person, other);
  expect(await dump()).not.toMatch(/access_token|refresh_token|id_token/);
  const { token } = await router.lastMail('verify_email', unsure.email);
  const verified = await other.call<{ user: { id: string } }>('registration.verifyEmail', { token });
  expect(await providerTokens(router.core, verified.data?.user.id ?? '', 'corp')).toMatchObject([{ providerAccountId: unsure.person }]);
});
