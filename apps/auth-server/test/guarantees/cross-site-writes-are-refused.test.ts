import postgres from 'postgres';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson, type Person, signedInPerson } from '../person.ts';
import { post, send } from '../send.ts';

const friend = 'https://app.example.test';
let server: OwnServer;
let person: Person;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'), { ALLOWED_ORIGINS: friend });
  person = await signedInPerson(server.url);
});
afterAll(() => server.close());

const own = 'own';
/** What a request says of where it comes from, and whether a write may go on: with the cookie, and without. */
const table: { site?: string; origin?: string; withCookie: boolean; without: boolean }[] = [
  { withCookie: false, without: true },
  { origin: own, withCookie: true, without: true },
  { origin: friend, withCookie: true, without: true },
  { origin: 'https://evil.example', withCookie: false, without: false },
  { origin: 'null', withCookie: false, without: false },
  { origin: '', withCookie: false, without: false },
  { origin: `${friend}.evil.example`, withCookie: false, without: false },
  { origin: friend.replace('https', 'http'), withCookie: false, without: false },
  { origin: friend.toUpperCase(), withCookie: false, without: false },
  { origin: `${friend}:8443`, withCookie: false, without: false },
  { site: 'same-origin', withCookie: true, without: true },
  { site: 'none', withCookie: true, without: true },
  { site: 'same-site', withCookie: false, without: false },
  { site: 'cross-site', withCookie: false, without: false },
  { site: 'anything', withCookie: false, without: false },
  { site: 'same-origin', origin: own, withCookie: true, without: true },
  { site: 'cross-site', origin: own, withCookie: false, without: false },
  { site: 'same-site', origin: own, withCookie: false, without: false },
  { site: 'none', origin: 'https://evil.example', withCookie: false, without: false },
  { site: 'same-origin', origin: 'https://evil.example', withCookie: false, without: false },
  { site: 'same-origin', origin: 'null', withCookie: false, without: false },
  { site: 'cross-site', origin: friend, withCookie: true, without: true },
  { site: 'same-site', origin: friend, withCookie: true, without: true },
];

function headersOf({ site, origin }: { site?: string; origin?: string }) {
  return {
    ...(site !== undefined && { 'sec-fetch-site': site }),
    ...(origin !== undefined && { origin: origin === own ? server.url : origin }),
  };
}

function cookieOf({ browser }: Person): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

test.each(table)('a write that says $site and $origin (R-TRN-03)', async ({ withCookie, without, ...said }) => {
  // Harmless and open to all: only where it comes from can be against it.
  const verify = (headers: Record<string, string>) =>
    post(server.url, 'auth.verifyToken', superjson.serialize({ token: 'x' }), { ...headersOf(said), ...headers });
  const refused = { status: 403, refusal: { reason: 'origin_refused' } };
  expect(await verify({ cookie: cookieOf(person) })).toMatchObject(withCookie ? { status: 200 } : refused);
  expect(await verify({})).toMatchObject(without ? { status: 200 } : refused);
  // Cookies of others do not make it a browser of ours, every one of ours does.
  expect(await verify({ cookie: 'theme=dark' })).toMatchObject(without ? { status: 200 } : refused);
  expect(await verify({ cookie: 'latchkey=' })).toMatchObject(withCookie ? { status: 200 } : refused);
  expect(await verify({ cookie: 'latchkey-device=x' })).toMatchObject(withCookie ? { status: 200 } : refused);
  expect(await verify({ cookie: 'latchkey-registration=x' })).toMatchObject(withCookie ? { status: 200 } : refused);
});

test('two origins, or two sites, are neither (R-TRN-03)', async () => {
  const call = (headers: Record<string, string[]>) => post(server.url, 'auth.logout', {}, headers);
  expect((await call({ origin: [server.url, 'https://evil.example'] })).status).toBe(403);
  expect((await call({ origin: ['https://evil.example', server.url] })).status).toBe(403);
  expect((await call({ 'sec-fetch-site': ['same-origin', 'cross-site'] })).status).toBe(403);
});

test('nobody is logged in, registered or logged out by another site (R-TRN-03)', async () => {
  const stranger = newPerson(server.url);
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const login = { identifier: person.email, password: person.password };
  const register = { email: stranger.email, password: stranger.password };
  for (const [name, input] of [
    ['auth.login', login],
    ['registration.register', register],
    ['auth.logout', undefined],
  ] as const) {
    const answer = await post(server.url, name, superjson.serialize(input), { ...headers, cookie: cookieOf(person) });
    expect(answer).toMatchObject({ status: 403, refusal: { reason: 'origin_refused' } });
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
  expect((await person.browser.query('auth.session')).data).not.toBeNull();
  const sql = postgres(server.database.url, { max: 1 });
  expect(await sql`select from latchkey.registration where email_canonical = ${stranger.email}`).toHaveLength(0);
  await sql.end();
});

test('a query may come from anywhere, but its answer is not for other sites (R-TRN-03)', async () => {
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', cookie: cookieOf(person) };
  const answer = await send(server.url, '/trpc/auth.session', { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
});
