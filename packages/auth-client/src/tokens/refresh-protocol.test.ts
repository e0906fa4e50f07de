import { describe, expect, test } from 'vitest';
import { ageOf, decideAfterExchange, decideAfterRefusal, decideBeforeCall, isResting, type Need, restAfter } from './refresh-protocol.ts';
import type { TokenRecord } from './token-record.ts';

const minute = 60_000;

function record(change: Partial<TokenRecord> = {}, sid = 's1'): TokenRecord {
  const accessToken = `head.${btoa(JSON.stringify({ sub: 'ada', sid }))}.${change.accessToken ?? 'one'}`;
  return { refreshToken: 'refresh', receivedAt: 0, lifetime: 5 * minute, ...change, accessToken };
}

describe('the age of a token', () => {
  test.each([
    [0, 'young'],
    [3.9 * minute, 'young'],
    [4 * minute, 'due'],
    [4.9 * minute, 'due'],
    [5 * minute - 5_000, 'over'],
    [60 * minute, 'over'],
  ])('after %i ms is %s', (age, expected) => {
    expect(ageOf(record(), age)).toBe(expected);
  });

  test('is unknown when the clock was set back, and close enough when it was set back a little', () => {
    expect(ageOf(record({ receivedAt: 60 * minute }), 0)).toBe('over');
    expect(ageOf(record({ receivedAt: 4_000 }), 0)).toBe('young');
  });
});

describe('before a call', () => {
  const resting = { until: 5 * minute + 10_000, failures: 1 };
  test.each<[string, TokenRecord | null, Need, number, string]>([
    ['nobody is signed in', null, 'must', 0, 'send'],
    ['a young token goes along', record(), 'must', minute, 'send'],
    ['a token that is due is renewed, or goes along', record(), 'must', 4.5 * minute, 'renew_or_send'],
    ['a token that is over is renewed', record(), 'must', 6 * minute, 'renew'],
    ['a call for anyone does not wait', record(), 'no', 6 * minute, 'send'],
    ['a call for both waits, and goes in any case', record(), 'may', 6 * minute, 'renew_or_send'],
    ['during a rest what is due goes along', record({ rest: resting }), 'must', 4.9 * minute, 'send'],
    ['during a rest what is over is not passed off as nobody', record({ rest: resting }), 'must', 5 * minute, 'fail'],
    ['during a rest a call for both goes', record({ rest: resting }), 'may', 5 * minute, 'send'],
    ['after a rest it is tried again', record({ rest: resting }), 'must', 6 * minute, 'renew'],
  ])('%s', (_, stored, need, now, expected) => {
    expect(decideBeforeCall(stored, need, now)).toBe(expected);
  });
});

describe('after the server refused a token', () => {
  const sent = record();
  const newer = record({ accessToken: 'two' });
  test.each<[string, TokenRecord | null, TokenRecord | null, boolean, string]>([
    ['nobody had been signed in', null, record(), false, 'give_up'],
    ['somebody logged out meanwhile', sent, null, false, 'give_up'],
    ['somebody else logged in meanwhile: the call is not made in their name', sent, record({}, 's2'), false, 'give_up'],
    ['it is renewed', sent, sent, false, 'renew'],
    ['another tab has renewed it already', sent, newer, false, 'replay'],
    ['the new one is refused as well', newer, newer, true, 'rest'],
    ['a call is replayed once', sent, newer, true, 'give_up'],
    [
      'a renewal failed a moment ago',
      record({ rest: { until: 5_000, failures: 1 } }),
      record({ rest: { until: 5_000, failures: 1 } }),
      false,
      'fail',
    ],
    ['a renewal was of no use a moment ago', sent, record({ rest: { until: 5_000, failures: 1, useless: true } }), false, 'give_up'],
  ])('%s', (_, before, stored, isReplay, expected) => {
    expect(decideAfterRefusal(before, stored, isReplay, 1_000)).toBe(expected);
  });
});

describe('after an exchange that gave no tokens', () => {
  test.each(['refresh_token_reused', 'not_authenticated'] as const)('%s signs out', (reason) => {
    expect(decideAfterExchange({ kind: 'refused', reason }, 0, 0)).toEqual({ do: 'sign_out' });
  });

  test.each(['lost', 'overloaded', 'internal', 'refresh_conflict'] as const)('%s may have rotated: it is looked at again', (reason) => {
    const answer = reason === 'lost' ? ({ kind: 'lost' } as const) : ({ kind: 'refused', reason } as const);
    expect(decideAfterExchange(answer, 0, 0)).toEqual({ do: 'look_again', after: 200 });
  });

  test('every repetition arrives within the ten seconds for which the server repeats itself', () => {
    let elapsed = 0;
    let attempt = 0;
    for (; attempt < 20; attempt += 1) {
      const decision = decideAfterExchange({ kind: 'lost' }, attempt, elapsed);
      if (decision.do !== 'look_again') break;
      elapsed += decision.after;
    }
    expect(attempt).toBeGreaterThanOrEqual(5);
    expect(elapsed).toBeGreaterThan(5_000);
    expect(elapsed).toBeLessThan(9_500);
    expect(decideAfterExchange({ kind: 'lost' }, 1, 8_900)).toEqual({ do: 'rest', for: 0 });
  });

  test('too_many_attempts has not rotated: it is left alone for as long as the server says', () => {
    expect(decideAfterExchange({ kind: 'refused', reason: 'too_many_attempts', retryAfterSeconds: 20 }, 0, 0)).toEqual({
      do: 'rest',
      for: 20_000,
    });
  });
});

describe('a rest', () => {
  test('is longer after every failure, and never longer than half a minute', () => {
    let kept = record();
    const lengths = Array.from({ length: 8 }, () => {
      kept = record({ rest: restAfter(kept, 0, 0, 0.5) });
      return kept.rest?.until;
    });
    expect(lengths).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect(restAfter(record(), 0, 3_600_000, 0.5).until).toBe(30_000);
    expect(restAfter(record(), 0, 10_000, 0.5).until).toBe(10_000);
  });

  test('differs between devices', () => {
    expect(restAfter(record(), 0, 0, 0).until).toBe(1_500);
    expect(restAfter(record(), 0, 0, 1).until).toBe(2_500);
  });

  test('that a wrong clock wrote holds nobody up', () => {
    expect(isResting(record({ rest: { until: 86_400_000, failures: 1 } }), 0)).toBe(false);
  });
});
