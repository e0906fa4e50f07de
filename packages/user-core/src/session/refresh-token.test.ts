import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveKeys } from '../secret/derived-keys.ts';
import { formatRefreshToken, parseRefreshToken } from './refresh-token.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const secretOf = (id: string) => ({ id, secret: randomBytes(32).toString('base64url') });
const old = secretOf('old');
const keys = deriveKeys([secretOf('new'), old], random);
const oldKeys = deriveKeys([old], random);

const tokens = fc.record({ sessionId: fc.uuid(), counter: fc.integer({ min: 0, max: 2 ** 32 - 1 }) });
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a refresh token is opaque and of our own making, or none (R-TOK-07, R-TOK-14)', () => {
  test('what is written is read, under the present and an older root secret', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        const text = formatRefreshToken(keys, token);
        expect(text).toMatch(/^lkr_[\w-]{75}$/);
        expect(parseRefreshToken(keys, text)).toEqual(token);
        expect(parseRefreshToken(keys, formatRefreshToken(oldKeys, token))).toEqual(token);
        expect(parseRefreshToken(oldKeys, text)).toBeNull();
      }),
    );
  });

  test('with any one character changed it is none', () => {
    fc.assert(
      fc.property(tokens, fc.nat({ max: 78 }), fc.constantFrom(...alphabet), (token, position, character) => {
        const text = formatRefreshToken(keys, token);
        fc.pre(text[position] !== character);
        expect(parseRefreshToken(keys, text.slice(0, position) + character + text.slice(position + 1))).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  test('cut short, made longer or written otherwise it is none', () => {
    fc.assert(
      fc.property(tokens, fc.nat({ max: 78 }), fc.string({ minLength: 1 }), (token, length, more) => {
        const text = formatRefreshToken(keys, token);
        const standard = text.replaceAll('-', '+').replaceAll('_', '/');
        for (const other of [text.slice(0, length), text + more, more + text, `${text}=`, standard, ` ${text}`]) {
          if (other !== text) expect(parseRefreshToken(keys, other)).toBeNull();
        }
      }),
    );
  });

  test('a text of anybody else’s is none', () => {
    const foreign = deriveKeys([{ id: 'new', secret: randomBytes(32).toString('base64url') }], random);
    fc.assert(
      fc.property(tokens, fc.string({ unit: 'binary' }), (token, text) => {
        expect(parseRefreshToken(keys, text)).toBeNull();
        expect(parseRefreshToken(keys, formatRefreshToken(foreign, token))).toBeNull();
      }),
    );
  });
});
