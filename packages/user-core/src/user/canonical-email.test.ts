import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalEmail } from './canonical-email.ts';

const canonicalOf = (email: string) => canonicalEmail(email)?.canonical ?? null;

const atoms = fc.string({ unit: fc.constantFrom(...'aZ9!#$%&*+/=?^_`{|}~-'), minLength: 1, maxLength: 12 });
const labels = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?$/);
const addresses = fc
  .tuple(
    fc.array(atoms, { minLength: 1, maxLength: 4 }),
    fc.array(labels, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('com', 'EXAMPLE', 'xn--p1ai'),
  )
  .map(([local, domain, top]) => `${local.join('.')}@${[...domain, top].join('.')}`);

test('an ordinary address is read, kept as typed and compared in lower case (R-REG-04)', () => {
  fc.assert(
    fc.property(addresses, (email) => {
      expect(canonicalEmail(email)).toEqual({ email, canonical: email.toLowerCase() });
      expect(canonicalOf(email.toUpperCase())).toBe(canonicalOf(email));
      expect(canonicalOf(email.toLowerCase())).toBe(canonicalOf(email));
    }),
  );
});

test('whatever is read is ASCII without blanks or controls, within its lengths, and reads the same again (R-REG-04)', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string({ unit: 'grapheme' }), addresses, fc.string({ unit: 'grapheme', maxLength: 2 })).map((parts) => parts.join('')),
    fc.tuple(addresses, fc.nat(40), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })).map(([email, at, extra]) => {
      return email.slice(0, at) + extra + email.slice(at);
    }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = canonicalEmail(text);
      fc.pre(read !== null);
      expect(read.email).toMatch(/^[\x21-\x7e]{1,64}@[A-Za-z0-9.-]{1,252}$/);
      expect(read.email).toBe(text.normalize('NFC'));
      expect(canonicalEmail(read.canonical)).toEqual({ email: read.canonical, canonical: read.canonical });
    }),
    { numRuns: 2000 },
  );
});

test('letters that only resemble ASCII ones are refused, not folded into them (R-REG-04)', () => {
  const refused = ['\u0130', '\u0131', '\u017f', '\uff4b', '\u{1d424}', '\u00df'].map((letter) =>
    canonicalEmail(`${letter}im@example.com`),
  );
  expect(refused).toEqual([null, null, null, null, null, null]);
});

test.each([
  ['nothing', ''],
  ['no @', 'person.example.com'],
  ['nothing before the @', '@example.com'],
  ['two @', 'a@b@example.com'],
  ['a blank', 'a b@example.com'],
  ['a leading blank', ' a@example.com'],
  ['a trailing newline', 'a@example.com\n'],
  ['a header of its own', 'a@example.com\r\nBcc: b@example.com'],
  ['a NUL', 'a\0@example.com'],
  ['half a character', 'a\ud800@example.com'],
  ['an invisible joiner', 'a\u200d@example.com'],
  ['a letter that looks like another', '\u0430@example.com'],
  ['an international domain not in punycode', 'a@b\u00fccher.example'],
  ['a quoted local part', '"a b"@example.com'],
  ['a display name', 'A <a@example.com>'],
  ['two recipients', 'a@example.com,b@example.com'],
  ['two dots', 'a..b@example.com'],
  ['a leading dot', '.a@example.com'],
  ['a comment', 'a(b)@example.com'],
  ['one label', 'a@localhost'],
  ['an address literal', 'a@[127.0.0.1]'],
  ['an IP address', 'a@127.0.0.1'],
  ['an empty label', 'a@example..com'],
  ['a final dot', 'a@example.com.'],
  ['a hyphen at the edge of a label', 'a@-example.com'],
  ['a label of 64', `a@${'b'.repeat(64)}.com`],
  ['65 characters before the @', `${'a'.repeat(65)}@example.com`],
  ['255 characters', `a@${'b.'.repeat(125)}com`],
])('%s is no address (R-REG-04)', (_what, text) => {
  expect(canonicalEmail(text)).toBeNull();
});

test('64 characters before the @ and 254 in all are an address (R-REG-04)', () => {
  const longest = `${'a'.repeat(64)}@${'b'.repeat(61)}.${'c'.repeat(61)}.${'d'.repeat(61)}.com`;
  expect(longest).toHaveLength(254);
  expect(canonicalOf(longest)).toBe(longest);
  expect(canonicalOf(longest.replace('.com', '.info'))).toBeNull();
});

test('tags and dots are kept: each spelling is a person of its own (R-REG-06)', () => {
  const spellings = ['firstlast@gmail.com', 'first.last@gmail.com', 'firstlast+tag@gmail.com', 'firstlast@googlemail.com'];
  expect(new Set(spellings.map(canonicalOf)).size).toBe(4);
});
