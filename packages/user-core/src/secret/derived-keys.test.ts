import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveKeys, type KeyLabel } from './derived-keys.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const first = { id: 'first', secret: randomBytes(32).toString('base64url') };
const second = { id: 'second', secret: randomBytes(32).toString('base64url') };
const keys = deriveKeys([first], random);
const rotated = deriveKeys([second, first], random);
const alone = deriveKeys([second], random);

const labels = ['pepper', 'refresh', 'limit', 'mail', 'signing-key', 'fingerprint'] as const satisfies KeyLabel[];
const label = fc.constantFrom(...labels);
const plain = fc.string({ unit: 'grapheme' });
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

describe('what is sealed is opened by us, for its purpose and place, unaltered, or not at all', () => {
  test('what is sealed is opened, also after the root secret was rotated, and not without it', () => {
    fc.assert(
      fc.property(label, plain, plain, (of, text, context) => {
        const sealed = keys.seal(of, text, context);
        expect(keys.open(of, sealed, context)).toBe(text);
        expect(rotated.open(of, sealed, context)).toBe(text);
        expect(alone.open(of, sealed, context)).toBeNull();
        expect(sealed).not.toBe(keys.seal(of, text, context));
      }),
    );
  });

  test('for another purpose or another place it is not opened', () => {
    fc.assert(
      fc.property(label, label, plain, plain, plain, (of, other, text, context, elsewhere) => {
        const sealed = keys.seal(of, text, context);
        if (other !== of) expect(keys.open(other, sealed, context)).toBeNull();
        if (elsewhere !== context) expect(keys.open(of, sealed, elsewhere)).toBeNull();
      }),
    );
  });

  test('with any one character changed, put in or left out it is not opened', () => {
    fc.assert(
      fc.property(plain, fc.nat(), printable, (text, at, character) => {
        const sealed = keys.seal('mail', text, 'context');
        const position = at % sealed.length;
        const [before, after] = [sealed.slice(0, position), sealed.slice(position + 1)];
        for (const changed of [
          before + character + after,
          sealed.slice(0, position) + character + sealed.slice(position),
          before + after,
        ]) {
          if (changed !== sealed) expect(keys.open('mail', changed, 'context')).toBeNull();
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a text that is no envelope is not opened, and breaks nothing', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('s1', 'first', '', '__proto__', 'A'.repeat(22), 'A'.repeat(16)));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
        expect(keys.open('mail', parts.join('$'), 'context')).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('what an older secret sealed moves under the present one, once', () => {
    fc.assert(
      fc.property(label, plain, plain, (of, text, context) => {
        const sealed = keys.seal(of, text, context);
        expect(keys.reseal(of, sealed, context)).toBeNull();
        const moved = rotated.reseal(of, sealed, context) ?? '';
        expect(alone.open(of, moved, context)).toBe(text);
        expect(rotated.reseal(of, moved, context)).toBeNull();
        expect(alone.reseal(of, sealed, context)).toBeNull();
      }),
    );
  });
});

test('every purpose and every secret has a key of its own', () => {
  const all = labels.flatMap((of) => ['first', 'second'].map((id) => rotated.key(of, id)?.toString('hex')));
  expect(new Set(all).size).toBe(12);
  expect(rotated.key('mail', 'third')).toBeNull();
  expect(keys.mac('limit', 'text').equals(rotated.mac('limit', 'text'))).toBe(false);
});
