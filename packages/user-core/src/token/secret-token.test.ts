import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mintSecretToken, type SecretKind, secretTokenHash } from './secret-token.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const kinds = [
  'session',
  'device',
  'browser',
  'verify_email',
  'reset_password',
  'change_email',
  'service_key',
] as const satisfies SecretKind[];
const kind = fc.constantFrom(...kinds);
const minted = kind.map((of) => ({ of, ...mintSecretToken(of, random) }));
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

describe('a secret holds 256 bits, is kept as its hash, and is of one kind (R-SES-04, R-TOK-02, R-TOK-14)', () => {
  test('what was minted is found by the SHA-256 of its whole text', () => {
    fc.assert(
      fc.property(minted, ({ of, token, hash }) => {
        expect(secretTokenHash(of, token)).toEqual(hash);
        expect(hash).toEqual(createHash('sha256').update(token).digest());
        expect(token).toMatch(/^lk[a-z]_[\w-]{49}$/);
      }),
    );
  });

  test('all of its random part is there, and comes from where chance comes in', () => {
    const given: Buffer[] = [];
    const { token } = mintSecretToken('session', { bytes: (length) => given[given.push(randomBytes(length)) - 1] ?? Buffer.alloc(0) });
    expect(given.map(({ length }) => length)).toEqual([32]);
    expect(Buffer.from(token.slice(4, 47), 'base64url')).toEqual(given[0]);
  });

  test('with any one character changed it is none', () => {
    fc.assert(
      fc.property(minted, fc.nat({ max: 52 }), printable, ({ of, token }, position, character) => {
        fc.pre(token[position] !== character);
        expect(secretTokenHash(of, token.slice(0, position) + character + token.slice(position + 1))).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  test('to another kind it is none', () => {
    fc.assert(
      fc.property(minted, kind, ({ of, token }, other) => {
        fc.pre(of !== other);
        expect(secretTokenHash(other, token)).toBeNull();
      }),
    );
  });

  test('cut short, made longer, or any other text is none', () => {
    fc.assert(
      fc.property(minted, kind, fc.string({ unit: 'binary', minLength: 1 }), fc.nat({ max: 52 }), ({ of, token }, other, text, length) => {
        for (const wrong of [token.slice(0, length), token + text, text + token, text]) {
          expect(secretTokenHash(of, wrong)).toBeNull();
          expect(secretTokenHash(other, wrong)).toBeNull();
        }
      }),
    );
  });
});
