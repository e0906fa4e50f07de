import { expect, test } from 'vitest';
import { oneLine, shownAddress, shownIp, shownProgram, shownTime } from './shown-text.ts';

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36', 'Chrome on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36 Edg/153.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1',
    'Safari on iOS',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari on macOS',
  ],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['curl/8.5.0', 'curl'],
  ['our-app/1.2 (Linux)', 'Linux'],
  ['our-app/1.2', 'unknown'],
  ['call https://evil.test/now or me@evil.test', 'unknown'],
  ['Firefox/1\r\nBcc: a@evil.test \u202e Windows NT <b>', 'Firefox on Windows'],
  ['', 'unknown'],
  [null, 'unknown'],
])('R-OPS-02 of the user agent %j the mail shows %j', (userAgent, shown) => {
  expect(shownProgram(userAgent)).toBe(shown);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::ffff:192.0.2.33', '2001:db8::ffff:192.0.2.33'],
  ['x'.repeat(80), 'unknown'],
  ['<b>1.2.3.4</b>', 'unknown'],
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
