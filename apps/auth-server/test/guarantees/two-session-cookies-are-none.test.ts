import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { type Person, signedInPerson } from '../person.ts';
import { post, send } from '../send.ts';

let server: OwnServer;
let owner: Person;
let thief: Person;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
  [owner, thief] = [await signedInPerson(server.url), await signedInPerson(server.url)];
});
afterAll(() => server.close());

const sessionOf = ({ browser }: Person) => `latchkey=${browser.cookies.get('latchkey')}`;

test('a second session cookie, put there by somebody else, makes the caller nobody (R-TRN-07)', async () => {
  const [own, other] = [sessionOf(owner), sessionOf(thief)];
  const who = async (cookie: string | string[]) => {
    const answer = await send(server.url, '/trpc/auth.session', { headers: { cookie } });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text).result.data.json?.user.email ?? null;
  };
  expect(await who(own)).toBe(owner.email);
  expect(await who(other)).toBe(thief.email);
  for (const both of [`${own}; ${other}`, `${other}; ${own}`, `${own}; latchkey=`, `latchkey=x;${own}`, `${own};\tlatchkey=x`]) {
    expect(await who(both)).toBeNull();
  }
  expect(await who([own, other])).toBeNull();
  expect(await who(`${own}; ${own}`)).toBeNull();
  expect(await who(`other=1; ${own}; latchkey2=x; xlatchkey=y`)).toBe(owner.email);
});

test('nothing that needs a person works with two of them (R-TRN-07)', async () => {
  const cookie = `${sessionOf(owner)}; ${sessionOf(thief)}`;
  const answer = await post(server.url, 'auth.deleteUser', {}, { cookie, origin: server.url });
  expect(answer).toMatchObject({ status: 401, refusal: { reason: 'not_authenticated' } });
  expect((await owner.browser.query('auth.session')).data).not.toBeNull();
  expect((await thief.browser.query('auth.session')).data).not.toBeNull();
});
