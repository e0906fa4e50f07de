import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientNetwork } from './client-network.ts';

const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
const isMapped = (address: number[]) => address.slice(0, 5).every((group) => group === 0) && address[5] === 0xffff;

/** Every way RFC 4291 §2.2 lets an address be written that matters here. */
function spellings(address: number[]): string[] {
  const plain = address.map((group) => group.toString(16));
  const padded = plain.map((group) => group.padStart(4, '0'));
  const dotted = [...plain.slice(0, 6), [address[6] ?? 0, address[7] ?? 0].flatMap((group) => [group >> 8, group & 255]).join('.')];
  const shortened: string[] = [];
  for (let from = 0; from < 8; from += 1) {
    for (let to = from + 1; to <= 8 && address.slice(from, to).every((group) => group === 0); to += 1) {
      shortened.push(`${plain.slice(0, from).join(':')}::${plain.slice(to).join(':')}`);
    }
  }
  const all = [plain, padded, dotted].map((parts) => parts.join(':')).concat(shortened);
  return [...all, ...all.map((text) => text.toUpperCase()), ...all.map((text) => `${text}%eth0`)];
}

describe('one client is one network, however its address is spelled (R-SES-13)', () => {
  test('every spelling of an IPv6 address, and every address of its /64, is the same network', () => {
    fc.assert(
      fc.property(groups, groups, (address, other) => {
        fc.pre(!isMapped(address));
        const expected = `${address
          .slice(0, 4)
          .map((group) => group.toString(16))
          .join(':')}::/64`;
        for (const text of spellings(address)) expect(clientNetwork(text), text).toBe(expected);
        const neighbour = [...address.slice(0, 4), ...other.slice(4)];
        fc.pre(!isMapped(neighbour));
        expect(clientNetwork(neighbour.map((group) => group.toString(16)).join(':'))).toBe(expected);
      }),
    );
  });

  test('addresses with zeros in them are no exception', () => {
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xabcd), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(sparse, (address) => {
        fc.pre(!isMapped(address));
        expect(new Set(spellings(address).map(clientNetwork)).size).toBe(1);
      }),
    );
  });

  test('addresses of different /64s are different networks', () => {
    fc.assert(
      fc.property(groups, fc.nat({ max: 3 }), fc.integer({ min: 1, max: 0xffff }), (address, at, by) => {
        const other = address.map((group, index) => (index === at ? group ^ by : group));
        fc.pre(!isMapped(address) && !isMapped(other));
        const [one, another] = [address, other].map((parts) => clientNetwork(parts.map((group) => group.toString(16)).join(':')));
        expect(one).not.toBe(another);
      }),
    );
  });

  test('an IPv4 address counts by itself, inside IPv6 too', () => {
    fc.assert(
      fc.property(octets, (address) => {
        const text = address.join('.');
        const [high, low] = [((address[0] ?? 0) << 8) | (address[1] ?? 0), ((address[2] ?? 0) << 8) | (address[3] ?? 0)];
        const mapped = [0, 0, 0, 0, 0, 0xffff, high, low];
        expect(clientNetwork(text)).toBe(text);
        for (const spelled of spellings(mapped)) expect(clientNetwork(spelled), spelled).toBe(text);
      }),
    );
  });

  test('what is no address is none', () => {
    expect(clientNetwork(null)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[\d.:a-f%]+$/i.test(text));
        expect(clientNetwork(text)).toBeNull();
      }),
    );
    for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4:80', '[::1]', '::1]', ':::', '1::2::3', '12345::', ' ::1']) {
      expect(clientNetwork(text), text).toBeNull();
    }
  });
});
