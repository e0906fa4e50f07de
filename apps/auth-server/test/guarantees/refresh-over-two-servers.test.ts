import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { type Person, signedInPerson } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { startTwoServers } from '../start-server.ts';

type Tokens = { accessToken: string; refreshToken: string };

const publicUrl = 'http://localhost:3999';
let two: Awaited<ReturnType<typeof startTwoServers>>;
let person: Person;
let first: Tokens;

beforeAll(async () => {
  two = await startTwoServers(inject('databaseUrl'), { LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.0/8,::1', PUBLIC_URL: publicUrl });
});
afterAll(() => two.close());
beforeEach(async () => {
  await query(two.database.url, 'truncate latchkey."limit"');
  person = await signedInPerson(two.servers[0].url, publicUrl);
  const login = await phone(0).call<{ tokens: Tokens }>('auth.login', { identifier: person.email, password: person.password });
  first = login.data.tokens;
});

function phone(index: number): Browser {
  return openBrowser(two.servers[index % 2]?.url ?? '', { origin: publicUrl, headers: { 'x-latchkey-credentials': 'token' } });
}

const refresh = (index: number, { refreshToken }: Tokens) => phone(index).call<Tokens>('auth.refresh', { refreshToken });
const user = (index: number, { accessToken }: Tokens) =>
  phone(index).query('auth.user', undefined, { authorization: `Bearer ${accessToken}` });
const generation = async () =>
  (await query(two.database.url, 'select refresh_counter from latchkey.session where token_hash is null and ended_at is null')).map(
    ({ refresh_counter }) => refresh_counter,
  );

test('twenty parallel uses at two servers make one successor, and everybody stays logged in (R-TOK-08)', async () => {
  await query(
    two.database.url,
    `delete from latchkey.session where id not in (select id from latchkey.session order by created_at desc limit 1)`,
  );
  let tokens = first;
  for (let round = 1; round <= 5; round += 1) {
    await query(two.database.url, 'truncate latchkey."limit"');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => refresh(index, tokens)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ data }) => data.refreshToken)).size).toBe(1);
    expect(await generation()).toEqual([round]);
    const users = await Promise.all(answers.map(({ data }, index) => user(index + 1, data)));
    expect(users.map(({ status }) => status)).toEqual(Array(20).fill(200));
    tokens = answers[0]?.data ?? tokens;
  }
});

test('twenty parallel thefts at two servers end the session once: one record, one event, one mail (R-TOK-09)', async () => {
  const second = (await refresh(0, first)).data;
  const third = (await refresh(1, second)).data;
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => refresh(index, first)));
  for (const { status, error } of answers)
    expect({ status, reason: error?.reason }).toEqual({ status: 401, reason: 'refresh_token_reused' });
  for (const index of [0, 1]) {
    expect((await refresh(index, third)).error?.reason).toBe('refresh_token_reused');
    expect((await user(index, third)).status).toBe(401);
  }
  const count = async (from: string) => (await query(two.database.url, `select from latchkey.${from}`)).length;
  const id = `(select id from latchkey."user" where email = '${person.email}')`;
  expect(await count(`audit where event = 'authn_token_reuse' and user_id = ${id}`)).toBe(1);
  expect(await count(`event where type = 'refresh.reused' and user_id = ${id}`)).toBe(1);
  expect(await count(`mail where kind = 'refresh_reused' and user_id = ${id}`)).toBe(1);
  expect(
    (
      await openBrowser(two.servers[1].url).query('auth.user', undefined, {
        cookie: [...person.browser.cookies].map((pair) => pair.join('=')).join('; '),
      })
    ).status,
  ).toBe(200);
});

test('a session has thirty refreshes a minute, counted at both servers together (R-TOK-08)', async () => {
  let tokens = first;
  const reasons: (string | undefined)[] = [];
  for (let index = 0; index < 33; index += 1) {
    const { data, error } = await refresh(index, tokens);
    reasons.push(error?.reason);
    tokens = data ?? tokens;
  }
  expect(reasons).toEqual([...Array(30).fill(undefined), ...Array(3).fill('too_many_attempts')]);
  expect((await user(0, tokens)).status).toBe(200);
});
