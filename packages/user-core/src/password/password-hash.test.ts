import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { hash as bcryptHash, verify as bcryptVerify } from '@node-rs/bcrypt';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { RootSecret } from '../host.ts';
import { deriveKeys } from '../secret/derived-keys.ts';
import { createHashQueue, hashQueueOptions } from './hash-queue.ts';
import { createPasswordHasher, type PasswordHasher } from './password-hash.ts';

const secret = (id: string): RootSecret => ({ id, secret: randomBytes(32).toString('base64url') });
const random = { bytes: (length: number) => randomBytes(length) };
const hasherOf = (cost: number, ...secrets: [RootSecret, ...RootSecret[]]) =>
  createPasswordHasher(deriveKeys(secrets, random), cost, (milliseconds) =>
    createHashQueue({ ...hashQueueOptions(milliseconds, 2, 8, false), maxWaiting: 1000, maxWaitMilliseconds: 60_000 }),
  );

const first = secret('first');
const second = secret('second');
let hasher: PasswordHasher;

beforeAll(async () => {
  hasher = await hasherOf(4, first);
});

const hash = (password: string) => hasher.hash(password, null);
const verify = (password: string, stored: string | null) => hasher.verify(password, stored, null);

test('a stored hash names its scheme, its key and its cost (R-PWD-07)', async () => {
  const stored = await hash('correct horse battery');
  expect(stored).toMatch(/^\$ph1\$kid=first\$2b\$04\$[./A-Za-z0-9]{53}$/);
  expect(await hash('correct horse battery')).not.toBe(stored);
});

test('bcrypt is given 64 characters of a keyed digest: without the root secret a stolen hash cannot be tried (R-PWD-02, R-PWD-07)', async () => {
  const password = 'correct horse battery';
  const stored = (await hash(password)).replace('$ph1$kid=first', '');
  const pepper = Buffer.from(hkdfSync('sha256', first.secret, 'latchkey', 'pepper', 32));
  const digest = createHmac('sha384', pepper).update(password).digest('base64');
  expect(digest).toHaveLength(64);
  expect(await bcryptVerify(digest, stored)).toBe(true);
  expect(await bcryptVerify(password, stored)).toBe(false);
  expect(await (await hasherOf(4, { ...second, id: 'first' })).verify(password, `$ph1$kid=first${stored}`, null)).toBe(false);
});

test('every character counts, to the last byte of the longest password (R-PWD-02)', async () => {
  for (const unit of ['a', 'é', '漢', '🐶']) {
    const longest = unit.repeat(128);
    const stored = await hash(longest);
    expect(await verify(longest, stored)).toBe(true);
    for (const position of [0, 17, 18, 35, 71, 72, 127]) {
      const characters = [...longest];
      characters[position] = 'x';
      expect(await verify(characters.join(''), stored)).toBe(false);
    }
    expect(await verify(longest + unit, stored)).toBe(false);
    expect(await verify([...longest].slice(0, -1).join(''), stored)).toBe(false);
  }
});

test('nothing is cut off at a NUL, repeated behind one, or right when it is only a NUL (R-PWD-04)', async () => {
  const stored = await hash('ab');
  expect(await verify('ab\0ab', stored)).toBe(false);
  expect(await verify('ab\0', stored)).toBe(false);
  expect(await verify('\0', await hash(''))).toBe(false);
});

test('different halves of characters are not one password, and none of them is right (R-PWD-04)', async () => {
  const stored = await hash('pass \ufffd word');
  for (const half of ['\ud83d', '\udc36', '\ud800']) expect(await verify(`pass ${half} word`, stored)).toBe(false);
  expect(await verify('pass \ufffd word', stored)).toBe(true);
});

test('composed and decomposed forms are one password (R-PWD-04)', async () => {
  const stored = await hash('cafe\u0301 cre\u0300me \u1e9b\u0323');
  expect(await verify('caf\u00e9 cr\u00e8me \u1e9b\u0323', stored)).toBe(true);
  expect(await verify('cafe creme \u1e9b\u0323', stored)).toBe(false);
  expect(await verify('caf\u00e9 cr\u00e8me \u1e69', stored)).toBe(false);
});

test('a password is right, and one that differs in anything but its normal form is not (R-PWD-02, R-PWD-04)', async () => {
  const passwords = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(passwords, passwords, async (password, other) => {
      const stored = await hash(password);
      expect(await verify(password.normalize('NFD'), stored)).toBe(true);
      expect(await verify(other, stored)).toBe(other.normalize('NFC') === password.normalize('NFC'));
    }),
    { numRuns: 100 },
  );
});

test('where there is no hash, or none that could be ours, nothing is right (R-PWD-17)', async () => {
  const plain = await bcryptHash('', { cost: 4 });
  for (const stored of [
    null,
    '',
    '!',
    '*',
    'x',
    plain,
    '$ph1$kid=first',
    '$ph1$kid=first$2b$04$',
    `$ph1$kid=${plain}`,
    `$ph2$kid=first${plain}`,
  ]) {
    for (const password of ['', '!', '*', '\0', 'x', 'no password has this digest']) expect(await verify(password, stored)).toBe(false);
  }
});

test('of several hashes the first right one is found, each compared or made up for, in one turn of the queue (R-PWD-07)', async () => {
  const stored = [await hash('one pass phrase'), await hash('another pass phrase'), null];
  const find = (password: string) => hasher.findRight(password, stored, null);
  expect([await find('one pass phrase'), await find('another pass phrase'), await find('neither of them')]).toEqual([0, 1, null]);

  let turns = 0;
  const queue = createHashQueue(hashQueueOptions(1, 2, 8, false));
  const counted = await createPasswordHasher(deriveKeys([first], random), 4, () => ({
    ...queue,
    run(from, work) {
      turns += 1;
      return queue.run(from, work);
    },
  }));
  expect(await counted.findRight('neither of them', stored, null)).toBeNull();
  expect(turns).toBe(1);
});

test('a hash of an older secret is right and outdated; one whose secret is gone is wrong (R-PWD-07)', async () => {
  const stored = await hash('correct horse battery');
  const rotated = await hasherOf(4, second, first);
  expect(await rotated.verify('correct horse battery', stored, null)).toBe(true);
  expect(rotated.isOutdated(stored)).toBe(true);
  expect(rotated.isOutdated(await rotated.hash('correct horse battery', null))).toBe(false);
  expect(await (await hasherOf(4, second)).verify('correct horse battery', stored, null)).toBe(false);
});

test('a hash below the cost is right and outdated, one above it is not outdated (R-PWD-07)', async () => {
  const cheap = await hash('correct horse battery');
  const dearer = await hasherOf(5, first);
  expect(await dearer.verify('correct horse battery', cheap, null)).toBe(true);
  expect(dearer.isOutdated(cheap)).toBe(true);
  expect(dearer.isOutdated(await dearer.hash('x', null))).toBe(false);
  expect(hasher.isOutdated(await dearer.hash('x', null))).toBe(false);
});
