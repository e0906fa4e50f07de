import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalUsername, usernameIssue } from './canonical-username.ts';

const canonicalOf = (name: string) => canonicalUsername(name)?.canonical ?? null;

/** Names as people choose them, and as people who want to pass for somebody else do. */
const names = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('a', 'Z', 'ß', 'ẞ', 'ſ', 'K', 'Σ', 'ς', 'İ', 'ı', 'é', 'e\u0301', 'я', '1', '１', '_', '.', '+', '-'),
  }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
);

test('a name has one canonical form, however it is written', () => {
  fc.assert(
    fc.property(names, (name) => {
      const read = canonicalUsername(name);
      fc.pre(read !== null);
      const ways = [read.username, read.canonical, name.normalize('NFC'), name.normalize('NFD'), name.toLowerCase()];
      for (const way of ways) expect(canonicalOf(way)).toBe(read.canonical);
    }),
    { numRuns: 2000 },
  );
});

test('whatever is accepted is letters, digits, marks and our four signs, never an @ and nothing invisible', () => {
  fc.assert(
    fc.property(names, (name) => {
      const read = canonicalUsername(name);
      fc.pre(read !== null);
      expect(read.username).toMatch(/^[\p{L}\p{M}\p{Nd}_.+-]{1,150}$/u);
      expect(read.username + read.canonical).not.toMatch(/[@\s\p{C}\p{Default_Ignorable_Code_Point}]/u);
    }),
    { numRuns: 2000 },
  );
});

test('no character inside a name makes a second name of the same look', () => {
  const extra: string[] = [];
  for (let code = 0; code < 0x110000; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const shown = String.fromCodePoint(code);
    const isInvisible = /[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}]/u.test(shown);
    if (isInvisible && canonicalUsername(`ad${shown}min`) !== null) extra.push(code.toString(16));
  }
  expect(extra).toEqual([]);
});

test.each([
  ['Straße', 'STRASSE'],
  ['STRAẞE', 'strasse'],
  ['\u212Aim', 'kim'],
  ['ｆｕｌｌ', 'full'],
  ['jose\u0301', 'jos\u00e9'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
])('%s and %s are one name', (one, other) => {
  expect(canonicalOf(one)).not.toBeNull();
  expect(canonicalOf(one)).toBe(canonicalOf(other));
});

test.each([
  ['nothing', ''],
  ['an address', 'a@b'],
  ['a blank', 'a b'],
  ['a NUL', 'a\0b'],
  ['half a character', 'a\ud800'],
  ['two writing systems', 'p\u0430ypal'],
  ['a leading mark', '\u0301a'],
  ['a joiner that shows nothing', 'ad\u034fmin'],
  ['a filler that shows nothing', 'ad\u3164min'],
  ['a variation selector', 'admin\ufe0f'],
  ['a right-to-left override', 'ad\u202emin'],
  ['151 letters', 'a'.repeat(151)],
])('%s is no username', (_what, name) => {
  expect(canonicalUsername(name)).toBeNull();
});

test('a name that mixes writing systems is told so, whatever is wrong otherwise is told the rule', () => {
  expect(usernameIssue('p\u0430ypal')).toMatchObject({
    path: 'username',
    code: 'mixed_scripts',
    message: expect.stringMatching(/one alphabet/),
  });
  for (const name of ['', 'a b', 'p\u0430y pal', `${'a'.repeat(150)}\u0430`, 'a\ud800', 'x'.repeat(601)])
    expect(usernameIssue(name)).toMatchObject({ code: 'invalid_username', message: expect.stringMatching(/1 to 150/) });
  expect(usernameIssue('paypal')).toBeNull();
});

test('150 letters of four bytes each are a username', () => {
  expect(canonicalUsername('\u{20000}'.repeat(150))?.username).toHaveLength(300);
});
