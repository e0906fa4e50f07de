import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BreachedPasswords } from '../host.ts';
import { isBreached } from './breached-passwords.ts';

const password = 'correct horse battery';
const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
const suffix = digest.slice(5);

function hostThat(breachedPasswords?: BreachedPasswords) {
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void warnings.push(message), error: () => {} };
  return { warnings, log, ...(breachedPasswords && { breachedPasswords }) };
}

test('only five digits of the digest are asked about (R-PWD-06)', async () => {
  const asked: string[] = [];
  const host = hostThat(async (prefix) => {
    asked.push(prefix);
    return '';
  });
  expect(await isBreached(host, password)).toBe(false);
  expect(asked).toEqual([digest.slice(0, 5)]);
});

test.each([
  ['its suffix', `${'0'.repeat(35)}:7\r\n${suffix}:12\r\n${'F'.repeat(35)}:1`, true],
  ['its suffix in small letters', `${suffix.toLowerCase()}:1`, true],
  ['its suffix as padding', `${suffix}:0`, false],
  ['other suffixes', `${'0'.repeat(35)}:7\n${'F'.repeat(35)}:1`, false],
  ['a suffix of the suffix', `${suffix.slice(1)}:7`, false],
  ['nothing', '', false],
])('a list with %s is understood (R-PWD-06)', async (_what, list, expected) => {
  expect(
    await isBreached(
      hostThat(async () => list),
      password,
    ),
  ).toBe(expected);
});

test('the normal form is asked about: what is typed one way or the other is one password (R-PWD-06)', async () => {
  const normal = createHash('sha1').update('caf\u00e9 cr\u00e8me').digest('hex').toUpperCase();
  const host = hostThat(async (prefix) => (prefix === normal.slice(0, 5) ? `${normal.slice(5)}:3` : ''));
  expect(await isBreached(host, 'cafe\u0301 cre\u0300me')).toBe(true);
});

test.each<[string, BreachedPasswords]>([
  ['that fails', () => Promise.reject(new Error('no route to host'))],
  [
    'that throws',
    () => {
      throw new Error('no route to host');
    },
  ],
  ['that answers nonsense', () => Promise.resolve({ suffixes: [] } as unknown as string)],
  ['that never answers', () => new Promise(() => {})],
])(
  'a service %s stops nobody, within a second, and the log says so (R-PWD-06)',
  async (_what, lookup) => {
    const host = hostThat(lookup);
    expect(await isBreached(host, password)).toBe(false);
    expect(host.warnings).toEqual(['known breaches could not be asked']);
  },
  5_000,
);

test('one that is slow is told to give up (R-PWD-06)', async () => {
  let gaveUp = false;
  const slow: BreachedPasswords = (_prefix, signal) =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        gaveUp = true;
        reject(signal.reason);
      }),
    );
  expect(await isBreached(hostThat(slow), password)).toBe(false);
  expect(gaveUp).toBe(true);
}, 5_000);

test('without a service nothing is asked and nothing is breached (R-PWD-06)', async () => {
  expect(await isBreached(hostThat(), password)).toBe(false);
});
