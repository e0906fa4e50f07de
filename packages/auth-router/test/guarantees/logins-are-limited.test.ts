import { defaultPolicy, Refusal } from '@latchkey/user-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { attempt, failedLogins, stranger } from '../login-attempts.ts';
import { passLimits, rows } from '../look-inside.ts';
import { newDetails, signedInPerson, type TestPerson } from '../test-person.ts';
import { openTestRouter, type TestRouter } from '../test-router.ts';

let router: TestRouter;
let person: TestPerson;

beforeAll(async () => {
  router = await openTestRouter(inject('databaseUrl'), { policy: { limitsEnabled: true } });
});
afterAll(() => router.close());
beforeEach(async () => {
  await rows(router, 'truncate latchkey."limit"');
  person = await signedInPerson(router);
});

const guess = (identifier = person.email) => attempt(stranger(router), identifier);
const forgetWindows = () => rows(router, `delete from latchkey."limit" where key like 'login.account%'`);
const failuresInARow = async () =>
  (await rows(router, `select points from latchkey."limit" where key like 'login.row%'`)).map(({ points }) => points);

describe('an account’s failures count across addresses (R-SES-13)', () => {
  test('after five it waits 1, 2, 4 … seconds, up to a minute', async () => {
    for (let failures = 1; failures <= 13; failures += 1) {
      const before = Date.now();
      expect(await guess()).toMatchObject({ reason: 'invalid_credentials' });
      const after = Date.now();
      const [wait] = await rows(
        router,
        `select extract(epoch from expire) * 1000 as until from latchkey."limit" where key like 'login.wait%'`,
      );
      const seconds = failures < 5 ? 0 : Math.min(2 ** (failures - 5), 60);
      expect(wait === undefined).toBe(seconds === 0);
      if (wait) {
        expect(Number(wait['until']) - seconds * 1000).toBeGreaterThanOrEqual(before);
        expect(Number(wait['until']) - seconds * 1000).toBeLessThanOrEqual(after);
        await passLimits(router, -60, 'login.wait');
        expect(await guess()).toMatchObject({ reason: 'too_many_attempts' });
        await passLimits(router, 120, 'login.wait');
      }
      await forgetWindows();
    }
  });

  test('ten are looked at in 15 minutes, however long each waited', async () => {
    for (let made = 0; made < 10; made += 1) {
      expect(await guess()).toMatchObject({ reason: 'invalid_credentials' });
      await passLimits(router, 60, 'login.wait');
    }
    const { reason, retryAfterSeconds } = await guess();
    expect(reason).toBe('too_many_attempts');
    expect(retryAfterSeconds).toBeGreaterThan(14 * 60);
    expect(retryAfterSeconds).toBeLessThanOrEqual(15 * 60);
  });

  test('the address and the name of an account share its count, in any spelling (R-SES-13)', async () => {
    for (const identifier of [person.email, person.username, person.email.toUpperCase(), person.username, person.email])
      await guess(identifier);
    await passLimits(router, -60, 'login.wait');
    expect(await guess()).toMatchObject({ reason: 'too_many_attempts' });
    expect(await guess(person.username.toUpperCase())).toMatchObject({ reason: 'too_many_attempts' });
  });

  test('who waits as told is looked at: what was turned away meanwhile is no attempt', async () => {
    for (let made = 0; made < 5; made += 1) await guess();
    const { retryAfterSeconds } = await guess();
    for (let turnedAway = 0; turnedAway < 20; turnedAway += 1) expect(await guess()).toMatchObject({ reason: 'too_many_attempts' });
    await passLimits(router, retryAfterSeconds ?? 0, 'login.wait');
    expect(await guess()).toMatchObject({ reason: 'invalid_credentials' });
  });

  test('parallel attempts cannot pass together: five are looked at, then one for each wait', async () => {
    const lookedAt = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => guess()));
      return answers.filter(({ reason }) => reason === 'invalid_credentials').length;
    };
    expect(await lookedAt()).toBe(5);
    await forgetWindows();
    await passLimits(router, 60, 'login.wait');
    expect(await lookedAt()).toBe(1);
  });

  test('an attempt that has to wait is none: it does not count towards the end', async () => {
    await failedLogins(router, person, 5);
    await guess();
    await passLimits(router, -60, 'login.wait');
    for (let tries = 0; tries < 3; tries += 1) expect(await guess()).toMatchObject({ reason: 'too_many_attempts' });
    expect(await failuresInARow()).toEqual([6]);
  });

  test('an attempt that the server was too busy to look at is none either', async () => {
    const { findRight } = router.core.passwords;
    router.core.passwords.findRight = async () => {
      throw new Refusal('overloaded');
    };
    for (let tries = 0; tries < 4; tries += 1) expect(await guess()).toMatchObject({ reason: 'overloaded' });
    router.core.passwords.findRight = findRight;
    expect(await failuresInARow()).toEqual([0]);
  });
});

describe('an address’s attempts count across accounts (R-SES-13)', () => {
  const guessFrom = (ip: string) => attempt(stranger(router, ip), newDetails().email);

  test('twenty in a minute and two hundred in an hour are looked at', async () => {
    for (let made = 0; made < 20; made += 1) expect(await guessFrom('203.0.113.5')).toMatchObject({ reason: 'invalid_credentials' });
    expect(await guessFrom('203.0.113.5')).toMatchObject({ reason: 'too_many_attempts' });
    expect(await guessFrom('203.0.113.6')).toMatchObject({ reason: 'invalid_credentials' });
    expect(defaultPolicy.limits.login.ip).toEqual([
      { points: 20, seconds: 60 },
      { points: 200, seconds: 3600 },
    ]);
  });

  test.each([
    {
      what: 'an IPv6 network',
      spellings: ['2001:db8:0:1::', '2001:DB8::1:0:0:0:2', '2001:0db8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1::1.2.3.4'],
    },
    { what: 'an IPv4 address', spellings: ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:cb00:7109', '0:0:0:0:0:ffff:203.0.113.9'] },
  ])('$what is one address, however it is spelled', async ({ spellings }) => {
    for (let made = 0; made < 20; made += 1) await guessFrom(spellings[made % spellings.length] ?? '');
    for (const ip of spellings) expect(await guessFrom(ip)).toMatchObject({ reason: 'too_many_attempts' });
    expect(await guessFrom('2001:db8:0:2::')).toMatchObject({ reason: 'invalid_credentials' });
  });
});

describe('a success forgives the account and never the address (R-SES-14)', () => {
  test('the account starts anew', async () => {
    for (let round = 0; round < 3; round += 1) {
      await failedLogins(router, person, 4);
      expect(await attempt(stranger(router), person.email, person.password)).toMatchObject({ reason: null });
    }
    expect(await failuresInARow()).toEqual([]);
  });

  test('logging in to an account of one’s own gives no more guesses at others', async () => {
    const browser = stranger(router, '203.0.113.20');
    const reasons: (string | null)[] = [];
    for (let made = 0; made < 10; made += 1) {
      reasons.push((await attempt(browser, newDetails().email)).reason, (await attempt(browser, newDetails().email)).reason);
      reasons.push((await attempt(browser, person.email, person.password)).reason);
    }
    expect(reasons.indexOf('too_many_attempts')).toBe(20);
    expect(new Set(reasons.slice(20))).toEqual(new Set(['too_many_attempts']));
  });
});
