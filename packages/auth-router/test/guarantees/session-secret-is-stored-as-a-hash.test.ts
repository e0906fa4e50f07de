import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { rows } from '../look-inside.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'));
});
afterAll(() => router.close());

test('a session secret has 256 random bits, no two are alike, and only its hash is stored (R-SES-04)', async () => {
  const people = await Promise.all([signedInPerson(router), signedInPerson(router)]);
  const secrets = people.map(({ browser }) => browser.cookies.get('session') ?? '');
  expect(new Set(secrets).size).toBe(2);
  for (const secret of secrets) {
    expect(Buffer.from(secret.slice(4, 47), 'base64url')).toHaveLength(32);
    const hash = createHash('sha256').update(secret).digest('hex');
    expect(await rows(router, `select user_id from latchkey.session where encode(token_hash, 'hex') = '${hash}'`)).toHaveLength(1);
  }
});

test('what the database holds opens no session (R-SES-04)', async () => {
  await signedInPerson(router);
  const stored = await rows(
    router,
    `select id, encode(token_hash, 'hex') as hex, encode(token_hash, 'base64') as base64 from latchkey.session`,
  );
  for (const value of stored.flatMap((row) => Object.values(row)).map(String)) {
    for (const cookie of [value, `lks_${value}`]) {
      const browser = router.browser();
      browser.cookies.set('session', cookie);
      expect((await browser.call('auth.session')).data).toBeNull();
    }
  }
});

test('no table holds a secret that a browser or a client was given (R-SES-04)', async () => {
  const { browser, email, password } = await signedInPerson(router);
  const phone = router.browser({ credentials: 'token' });
  const { data } = await phone.call<{ tokens: { refreshToken: string; accessToken: string } }>('auth.login', {
    identifier: email,
    password,
  });
  const secrets = [...browser.cookies.values(), ...(data ? [data.tokens.refreshToken, data.tokens.accessToken] : [])];
  expect(secrets).toHaveLength(4);
  const tables = await rows(router, `select table_name as name from information_schema.tables where table_schema = 'latchkey'`);
  for (const { name } of tables) {
    const dump = JSON.stringify(await rows(router, `select to_jsonb(t) as row from latchkey."${name}" t`));
    for (const secret of secrets) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
    }
  }
});
