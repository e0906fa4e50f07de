import { expect, test } from 'vitest';
import { formatRecord, identityOf, isSameSession, newRecord, parseRecord } from './token-record.ts';

function tokens(claims: object | null) {
  const payload = claims && Buffer.from(JSON.stringify(claims)).toString('base64url');
  return {
    accessToken: payload ? `head.${payload}.signature` : 'opaque',
    accessTokenExpiresAt: new Date(2_000_000),
    refreshToken: 'refresh',
    refreshTokenExpiresAt: new Date(9_000_000),
  };
}

test.each([0, 1_700_000_000_000, -86_400_000, 4_000_000_000_000])(
  'the life of a token is what the server says, whatever the time is here (%i)',
  (now) => {
    const record = newRecord(tokens({ sub: 'ada', sid: 's1', iat: 1_000, exp: 1_300 }), now);
    expect(record).toMatchObject({ receivedAt: now, lifetime: 300_000 });
  },
);

test('a token that says nothing lives until the date beside it, within reason', () => {
  expect(newRecord(tokens(null), 1_700_000).lifetime).toBe(300_000);
  expect(newRecord(tokens(null), 5_000_000).lifetime).toBe(0);
  expect(newRecord(tokens({ iat: 0, exp: 86_400_000 }), 0).lifetime).toBe(3_600_000);
});

test('what is kept is read again as it was', () => {
  const record = { ...newRecord(tokens({ sub: 'ada', sid: 's1', iat: 1, exp: 2 }), 5), rest: { until: 9, failures: 1 } };
  expect(parseRecord(formatRecord(record))).toEqual(record);
});

test.each(['', '{', 'null', '[]', '"text"', '{"accessToken":"a"}', '{"accessToken":"a","refreshToken":"b","receivedAt":"1","lifetime":2}'])(
  'what cannot be used is as good as nothing: %s',
  (text) => {
    expect(parseRecord(text)).toBeNull();
  },
);

test('who the tokens stand for is read off the access token, in any alphabet', () => {
  const record = newRecord(tokens({ sub: 'a?>~ÿ', sid: 's1' }), 0);
  expect(identityOf(record)?.sessionId).toBe('s1');
  expect(identityOf(null)).toBeNull();
});

test('two pairs are of one session when person and session are the same', () => {
  const of = (sub: string, sid: string) => newRecord(tokens({ sub, sid }), 0);
  expect(isSameSession(of('ada', 's1'), of('ada', 's1'))).toBe(true);
  expect(isSameSession(of('ada', 's1'), of('ada', 's2'))).toBe(false);
  expect(isSameSession(of('ada', 's1'), null)).toBe(false);
  expect(isSameSession(null, null)).toBe(false);
});
