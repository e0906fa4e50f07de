import { describe, expect, test } from 'vitest';
import { oneLine, shownAddress, shownIp, shownTime, shownUserAgent } from './shown-text.ts';

describe('R-OPS-02 a user agent', () => {
  test.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1'],
    ['curl/8.5.0'],
  ])('of an honest program is shown as it is: %s', (userAgent) => {
    expect(shownUserAgent(userAgent)).toBe(userAgent.length > 120 ? `${userAgent.slice(0, 119)}…` : userAgent);
  });

  test.each([
    ['a\r\nb\0c\td', 'a b c d'],
    ['a\u2028b\u202ec\u200bd', 'a b c d'],
    ['Grüße', 'Gr??e'],
    ['call https://evil.test/now or me@evil.test', 'call https evil test/now or me evil test'],
    ['www。evil。test', 'www?evil?test'],
    [' \r\n ', 'unknown'],
    ['', 'unknown'],
    [null, 'unknown'],
  ])('%j is shown as %j', (userAgent, shown) => {
    expect(shownUserAgent(userAgent)).toBe(shown);
  });

  test('is cut to 120 characters', () => {
    expect(shownUserAgent('a'.repeat(120))).toBe('a'.repeat(120));
    expect(shownUserAgent('a'.repeat(10_000))).toBe(`${'a'.repeat(119)}…`);
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::ffff:192.0.2.33', '2001:db8::ffff:192.0.2.33'],
  ['x'.repeat(80), `${'x'.repeat(44)}…`],
  [null, 'unknown'],
])('the IP address %j is shown as %j', (ip, shown) => {
  expect(shownIp(ip)).toBe(shown);
});

test('a mail address keeps its letters and loses its line breaks', () => {
  expect(shownAddress('jürgen@\r\nexample.test')).toBe('jürgen@ example.test');
  expect(shownAddress(`${'a'.repeat(400)}@example.test`)).toHaveLength(254);
});

test('a time is shown in UTC, to the minute', () => {
  expect(shownTime(new Date('2026-03-01T23:59:59.999+02:00'))).toBe('2026-03-01 21:59 UTC');
});

test('one line stays one line', () => {
  expect(oneLine('a\r\nBcc: b\u2029c\v')).toBe('a Bcc: b c');
});
