import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { newPerson, type Person, signedInPerson } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { startTwoServers } from '../start-server.ts';

let two: Awaited<ReturnType<typeof startTwoServers>>;
let publicUrl: string;
let person: Person;

beforeAll(async () => {
  publicUrl = 'http://localhost:3999';
  two = await startTwoServers(inject('databaseUrl'), { LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.0/8,::1', PUBLIC_URL: publicUrl });
});
afterAll(() => two.close());
beforeEach(async () => {
  await query(two.database.url, 'truncate latchkey."limit"');
  person = await signedInPerson(two.servers[0].url, publicUrl);
});

/** One login at one of the servers, in turn, as a proxy would pass it on. */
async function attempt(index: number, ip: string, identifier: string, password = 'a wrong pass phrase') {
  const browser = openBrowser(two.servers[index % 2]?.url ?? '', { origin: publicUrl, headers: { 'x-forwarded-for': ip } });
  const { status, error } = await browser.call('auth.login', { identifier, password });
  return { status, reason: error?.reason ?? null, retryAfterSeconds: error?.retryAfterSeconds };
}

type Attempts = Awaited<ReturnType<typeof attempt>>[];
/** Those whose password was looked at: what is turned away as overloaded was not. */
const lookedAt = (answers: Attempts) => answers.filter(({ reason }) => reason === 'invalid_credentials' || reason === null).length;

describe('two servers count attempts together (R-SES-13)', () => {
  test('parallel guesses at one account, from as many addresses, at both: five are looked at', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => attempt(index, `198.51.100.${index}`, person.email)));
    expect(lookedAt(answers)).toBeGreaterThanOrEqual(1);
    expect(lookedAt(answers)).toBeLessThanOrEqual(5);
    // However long the others took: the wait goes on.
    await query(two.database.url, `update latchkey."limit" set expire = expire + interval '60 s' where key like 'login.wait%'`);
    const later = await attempt(1, '198.51.100.77', person.email, person.password);
    expect(later).toMatchObject({ status: 429, reason: 'too_many_attempts' });
    expect(later.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('parallel guesses from one IPv6 network, at as many accounts, at both: twenty are looked at', async () => {
    let seen: Attempts = [];
    for (let round = 0; round < 12; round += 1) {
      const parallel = Array.from({ length: 6 }, (_, index) => {
        const ip = index % 2 ? `2001:db8:0:7::${round}${index}` : `2001:0DB8:0000:0007:${round}:${index}:0:1`;
        return attempt(index, ip, newPerson(publicUrl).email);
      });
      seen = [...seen, ...(await Promise.all(parallel))];
    }
    expect(lookedAt(seen)).toBeLessThanOrEqual(20);
    expect(seen.filter(({ reason }) => reason === 'too_many_attempts').length).toBeGreaterThanOrEqual(72 - 20);
    expect((await attempt(0, '2001:db8:0:8::1', newPerson(publicUrl).email)).reason).toBe('invalid_credentials');
  });
});
