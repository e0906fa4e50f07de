import { dictionary } from '@zxcvbn-ts/language-common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy.ts';
import { checkPasswordPolicy, normalizedPassword, type PasswordContext, passwordIssues } from './password-rules.ts';

const policy = defaultPolicy.password;
const codesOf = (password: string, context: PasswordContext = {}) =>
  passwordIssues(password, policy, context, 'password').map((issue) => issue.code);

test('length counts code points: eight emoji are eight, and seven are too few (R-PWD-01)', () => {
  expect(codesOf('🐶🐱🐭🐹🐰🦊🐻🐼')).toEqual([]);
  expect(codesOf('🐶🐱🐭🐹🐰🦊🐻')).toEqual(['too_short']);
  expect(codesOf('kx7!qpz')).toEqual(['too_short']);
});

test('length is counted after normalisation (R-PWD-04)', () => {
  expect('e\u0301'.repeat(7).length).toBe(14);
  expect(codesOf(`${'e\u0301'.repeat(6)}x`)).toEqual(['too_short']);
});

test('a policy below eight, or one that refuses 64, cannot be used (R-PWD-01)', () => {
  expect(() => checkPasswordPolicy({ ...policy, minLength: 7 })).toThrow('minLength');
  expect(() => checkPasswordPolicy({ ...policy, minLength: Number.NaN })).toThrow('minLength');
  expect(() => checkPasswordPolicy({ ...policy, maxLength: 63 })).toThrow('maxLength');
  expect(() => checkPasswordPolicy({ ...policy, minLength: 8, maxLength: 64 })).not.toThrow();
});

test('128 code points may be used, whatever their bytes; 129 are called too long (R-PWD-02)', () => {
  for (const unit of ['a1b2', 'ä1ö2', '漢1字2', '🐶🐱🐭🐹']) {
    expect(codesOf(unit.repeat(32))).toEqual([]);
    expect(codesOf(`${unit.repeat(32)}x`)).toEqual(['too_long']);
  }
  expect(codesOf('long '.repeat(400))).toEqual(['too_long']);
});

test('a half character and a NUL are refused, with the reason (R-PWD-04)', () => {
  expect(codesOf('half a character \ud83d')).toEqual(['unusable_characters']);
  expect(codesOf('\udc36 half a character')).toEqual(['unusable_characters']);
  expect(codesOf('nothing after\0 this')).toEqual(['unusable_characters']);
});

test('a password of one kind of character may be used: nothing is asked of its composition (R-PWD-03)', () => {
  for (const password of ['correct horse battery', 'ALL IN CAPITALS', '739104826518', '!?§$%&/()=', 'ein paß wörter', '漢字仮名交文章例']) {
    expect(codesOf(password)).toEqual([]);
  }
});

test('a known password is refused in any case and width, with the reason (R-PWD-05)', () => {
  for (const password of ['password', 'PassWord', 'ｐａｓｓｗｏｒｄ', 'iloveyou', 'trustno1', '1q2w3e4r', 'qwertyuiop']) {
    expect(codesOf(password)).toEqual(['common']);
  }
  expect(passwordIssues('password', policy, {}, 'newPassword')).toEqual([
    { path: 'newPassword', code: 'common', message: expect.stringMatching(/guesser/) },
  ]);
});

test('what is made of known passwords, rows, sequences, repetitions and years is refused (R-PWD-05)', () => {
  const made = ['87654321', '987654321', '0987654321', '12345678901234567890', '123123123', '12341234', 'abcabcabc', 'qwerqwer'];
  const more = ['abcdefgh', 'abcdefghi', 'p@ssword', 'Password123!', 'P@$$w0rd1', '19841984', 'bond007a', 'hunter2hunter2', 'Welcome1!'];
  expect([...made, ...more].filter((password) => codesOf(password).length === 0)).toEqual([]);
});

test('what a person or a generator composed is not (R-PWD-05)', () => {
  const composed = ['xkcdvbwq', 'k3v9x2q1', 'mkwvtzqp', 'kiwi tree', 'zebra-lamp', 'blue house', 'Tr0ub4dor&3', 'old password on paper'];
  expect(composed.filter((password) => codesOf(password).length > 0)).toEqual([]);
});

test('the list holds far more than 3000 passwords that the length would let through, and every one is refused (R-PWD-05)', () => {
  const known = dictionary['passwords-common'].filter((password) => [...password].length >= policy.minLength);
  expect(known.length).toBeGreaterThan(10_000);
  expect(known.filter((password) => codesOf(password).length === 0)).toEqual([]);
});

test.each<[string, string, PasswordContext]>([
  ['the service', 'latchkey', {}],
  ['the service and a digit or two', 'Latchkey42', {}],
  ['the service, twice', 'latchkeylatchkey', {}],
  ['the address', 'jane.doe@example.com', { email: 'jane.doe@example.com' }],
  ['its local part', 'Jane.Doe1', { email: 'jane.doe@example.com' }],
  ['its domain', 'initech99', { email: 'jane@initech.example' }],
  ['the username', 'JaneDoe75!', { username: 'janedoe75' }],
  ['the first name', 'Ferdinand7', { firstName: 'Ferdinand' }],
  ['the last name', '!!Featherstone', { lastName: 'featherstone' }],
])('%s is no password (R-PWD-05)', (_what, password, context) => {
  expect(codesOf(password, context)).toEqual(['personal']);
});

test('a word of the account among others is no reason to refuse (R-PWD-05)', () => {
  const context = { email: 'jane.doe@example.com', username: 'jane', firstName: 'Jane', lastName: 'Doe' };
  expect(codesOf('jane keeps 3 bees', context)).toEqual([]);
  expect(codesOf('bees & example', context)).toEqual([]);
});

test('an issue never holds the password', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const password = `§${text}`;
      expect(JSON.stringify(passwordIssues(password, policy, { username: password }, 'password'))).not.toContain('§');
    }),
  );
});

const passwords = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 600 }),
);

test('every password gets one verdict in all its normal forms, and at most one issue (R-PWD-04)', () => {
  fc.assert(
    fc.property(passwords, (password) => {
      const codes = codesOf(password);
      expect(codes.length).toBeLessThanOrEqual(1);
      expect(codesOf(password.normalize('NFD'))).toEqual(codes);
      expect(codesOf(password.normalize('NFC'))).toEqual(codes);
    }),
  );
});

test('normalising twice changes nothing, and different forms of one text become the same (R-PWD-04)', () => {
  fc.assert(
    fc.property(passwords, (password) => {
      const normal = normalizedPassword(password);
      expect(normalizedPassword(normal)).toBe(normal);
      expect(normalizedPassword(password.normalize('NFD'))).toBe(normal);
    }),
  );
});

test('what may be used fits its lengths and holds neither NUL nor half a character (R-PWD-02, R-PWD-04)', () => {
  fc.assert(
    fc.property(passwords, (password) => {
      fc.pre(codesOf(password).length === 0);
      const normal = normalizedPassword(password);
      expect([...normal].length).toBeGreaterThanOrEqual(8);
      expect([...normal].length).toBeLessThanOrEqual(128);
      expect(Buffer.byteLength(normal)).toBeLessThanOrEqual(512);
      expect(normal.isWellFormed() && !normal.includes('\0')).toBe(true);
    }),
  );
});
