import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Browser, openBrowser } from '../browser.ts';
import { patiently } from '../patiently.ts';
import { type Person, signedInPerson } from '../person.ts';
import { startTwoServers } from '../start-server.ts';

type Two = Awaited<ReturnType<typeof startTwoServers>>;
let two: Two;
let known: Person;
const origin = 'http://localhost';

beforeAll(async () => {
  two = await startTwoServers(inject('databaseUrl'), { PUBLIC_URL: origin, LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1,::1' });
  known = await signedInPerson(two.servers[0].url, origin);
});
afterAll(() => two.close());

let clients = 0;

/** Somebody new at one server and then at the other, each time from another address behind the proxy. */
function next(): Browser {
  clients += 1;
  const headers = { 'x-forwarded-for': `203.0.113.${clients}` };
  return openBrowser(two.servers[clients % 2 === 0 ? 0 : 1].url, { origin, headers });
}

/** What so many attempts were answered with, one after the other. */
async function answers(count: number, path: string, input: object): Promise<{ reason: string; retryAfterSeconds: number | undefined }[]> {
  const given = [];
  for (let made = 0; made < count; made += 1) {
    const { error } = await patiently(() => next().call(path, input));
    given.push({ reason: error?.reason ?? 'ok', retryAfterSeconds: error?.retryAfterSeconds });
  }
  return given;
}

test('two servers share one count of logins, the same for an account that nobody has (R-SES-13)', async () => {
  const password = 'a wrong pass phrase';
  const forKnown = await answers(9, 'auth.login', { identifier: known.email, password });
  const forNobody = await answers(9, 'auth.login', { identifier: 'nobody@example.com', password });
  for (const given of [forKnown, forNobody]) {
    const looked = given.filter(({ reason }) => reason === 'invalid_credentials');
    const refused = given.filter(({ reason }) => reason === 'too_many_attempts');
    // Five pass freely; some more may when a slow machine has waited by itself.
    expect(looked.length).toBeLessThan(8);
    expect(looked.length + refused.length).toBe(9);
    expect(refused.every(({ retryAfterSeconds = 0 }) => retryAfterSeconds >= 1 && retryAfterSeconds <= 900)).toBe(true);
  }
});

test.each([
  ['registration.register', { email: 'someone@example.com', password: 'some pass phrase' }, 3, 3600],
  ['password.requestReset', { email: 'someone-else@example.com' }, 1, 60],
])('two servers share one count of %s, and say the same time to come back', async (path, input, free, seconds) => {
  const given = await answers(free + 2, path, input);
  expect(given.slice(0, free).map(({ reason }) => reason)).toEqual(Array.from({ length: free }, () => 'ok'));
  for (const { reason, retryAfterSeconds } of given.slice(free)) {
    expect(reason).toBe('too_many_attempts');
    expect(retryAfterSeconds).toBeGreaterThan(seconds - 55);
    expect(retryAfterSeconds).toBeLessThanOrEqual(seconds);
  }
});

test('calls that race on both servers pass together no more often than one after the other', async () => {
  const input = { email: 'racer@example.com', password: 'some pass phrase' };
  const raced = await Promise.all(Array.from({ length: 12 }, () => patiently(() => next().call('registration.register', input))));
  expect(raced.filter(({ error }) => error === null)).toHaveLength(3);
  expect(raced.filter(({ status }) => status === 429)).toHaveLength(9);
});
