import { deliverEvents, purge, type UserEvent } from '@latchkey/user-core';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { rows } from '../look-inside.ts';
import { signedInPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let heard: UserEvent[];

beforeEach(async () => {
  heard = [];
  const subscribers = [async (event: UserEvent) => void heard.push(event)];
  router = await openTestRouter(inject('databaseUrl'), { fields: z.object({ nickname: z.string() }).partial(), subscribers });
});
afterEach(() => router.close());

/** Every row of every table, as text, by table. */
async function dump(): Promise<Record<string, string[]>> {
  const tables = await rows(router, `select table_name as name from information_schema.tables where table_schema = 'latchkey'`);
  const found = await Promise.all(
    tables.map(async ({ name }) => (await rows(router, `select t::text as row from latchkey."${name}" t`)).map(({ row }) => String(row))),
  );
  return Object.fromEntries(tables.map(({ name }, index) => [String(name), found[index] ?? []]));
}

/** In which tables a text is found. */
function tablesWith(dumped: Record<string, string[]>, text: string): string[] {
  return Object.keys(dumped).filter((table) => dumped[table]?.some((row) => row.toLowerCase().includes(text.toLowerCase())));
}

test('deleting an account leaves no row that is the person’s, but for the record of what happened (R-STO-10)', async () => {
  const person = await signedInPerson(router, router.browser({ ip: '198.51.100.77', userAgent: 'Ada’s own browser' }));
  const { browser, email, username, userId } = person;
  await browser.call('auth.updateUser', { firstName: 'Augusta', lastName: 'Lovelace-King', fields: { nickname: 'The Enchantress' } });
  await router.browser({ credentials: 'token' }).call('auth.login', { identifier: email, password: person.password });
  // What was mailed so far has been sent.
  await rows(router, 'update latchkey.mail set sent_at = now(), sealed = null');
  await browser.call('password.requestReset', { email });
  await router.mails();
  await browser.call('registration.requestEmailChange', { email: `new-${email}` });
  await router.browser().call('registration.register', { email, password: 'a stranger with this address' });
  const theirs = [email, username, userId, 'Augusta', 'Lovelace', 'Enchantress', '198.51.100.77', 'own browser'];
  const before = await dump();
  for (const text of theirs) expect(tablesWith(before, text)).not.toEqual([]);
  for (const table of ['user', 'session', 'device', 'one_time_token', 'registration', 'mail', 'event'])
    expect(before[table]).not.toEqual([]);

  expect((await browser.call('auth.deleteUser')).data).toEqual({ status: 'deleted' });
  await deliverEvents(router.core);
  const after = await dump();
  // The record keeps the id, the address the calls came from and the browser's name for its own time.
  for (const text of [userId, '198.51.100.77', 'own browser'])
    expect(tablesWith(after, text).filter((name) => name !== 'event')).toEqual(['audit']);
  expect(tablesWith(after, '198.51.100.77')).toEqual(['audit']);
  for (const text of [email, username, 'Augusta', 'Lovelace', 'Enchantress']) expect(tablesWith(after, text)).toEqual([]);
  for (const table of ['user', 'session', 'device', 'one_time_token', 'registration']) expect(after[table]).toEqual([]);
  expect((await router.mails()).map(({ kind }) => kind)).toEqual(['account_deleted']);
  expect(heard.at(-1)).toMatchObject({ type: 'user.deleted', userId, data: { email } });

  router.clock.advance(181 * 24 * 3600);
  await purge(router.core);
  expect(tablesWith(await dump(), userId)).toEqual([]);
});

test('after a deletion every session is over, and the address may begin anew at once (R-STO-10)', async () => {
  const person = await signedInPerson(router);
  const app = router.browser({ credentials: 'token' });
  const { data } = await app.call<{ tokens: { accessToken: string; refreshToken: string } }>('auth.login', {
    identifier: person.email,
    password: person.password,
  });
  app.bearer = data?.tokens.accessToken ?? null;
  await person.browser.call('auth.deleteUser');
  expect((await app.call('auth.session')).data).toBeNull();
  expect(await app.refusalOf('auth.refresh', { refreshToken: data?.tokens.refreshToken })).toBe('not_authenticated');
  expect(await app.refusalOf('auth.login', { identifier: person.email, password: person.password })).toBe('invalid_credentials');
  router.clock.advance(1);
  const again = router.browser();
  await again.call('registration.register', { email: person.email, password: 'another pass phrase' });
  const { token } = await router.lastMail('verify_email', person.email);
  expect((await again.call('registration.verifyEmail', { token, password: 'another pass phrase' })).data).toMatchObject({
    status: 'authenticated',
  });
});
