import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { ownPath } from './return-to.ts';

const here = 'https://auth.example.test';

test.each([
  [undefined, '/'],
  ['/', '/'],
  ['/inbox', '/inbox'],
  ['/inbox?page=2#third', '/inbox?page=2#third'],
  ['/a/./b/../c', '/a/c'],
  ['/invite?email=ada@example.com&next=//x', '/invite?email=ada@example.com&next=//x'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['/search?q=100%25', '/search?q=100%25'],
])('%s leads to %s (R-SOC-13)', (returnTo, path) => {
  expect(ownPath(returnTo, here)).toBe(path);
});

const foreign = [
  'https://evil.test/',
  'https:evil.test',
  'http://auth.example.test/',
  `${here}/inbox`,
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '/\\/evil.test',
  '/a//evil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/%2e%2e//evil.test',
  '/%2f/evil.test',
  '/%2F%2Fevil.test',
  '/%252f%252fevil.test',
  '/%5cevil.test',
  '/%255Cevil.test',
  '/user@evil.test',
  '/%40evil.test',
  '/:80@evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/a\r\nset-cookie: x=y',
  '/a%0d%0aset-cookie:%20x=y',
  '/a?b=%0d%0aset-cookie:%20x=y',
  '/a%00b',
  '/\u0000',
  '/\u2028/evil.test',
  '/\u202e/evil.test',
  '/\ud800',
  ' /inbox',
  'inbox',
  '',
  'javascript:alert(1)',
  'data:text/html,x',
  '?next=/',
  '#top',
  `/${'a'.repeat(1024)}`,
];

test.each(foreign)('%j is refused (R-SOC-13)', (returnTo) => {
  const refused = expect(() => ownPath(returnTo, here));
  refused.toThrow(Refusal);
  refused.toThrow('invalid_input');
});
