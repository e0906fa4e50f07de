import { isIP } from 'node:net';

/**
 * The key under which one client's attempts are counted: an IPv4 address, or the /64 of an IPv6 address, whatever way it
 * is spelled (CVE-2026-45364 was about spellings). Null when it is not an address.
 */
export function clientNetwork(ip: string | null): string | null {
  if (ip === null) return null;
  const address = ip.split('%')[0] ?? '';
  const version = isIP(address);
  if (version === 4) return address;
  if (version !== 6) return null;
  const groups = expand(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return [groups[6], groups[7]].flatMap((group = 0) => [group >> 8, group & 0xff]).join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain = dotted
    ? dotted[1] + [dotted.slice(2, 4), dotted.slice(4, 6)].map(([high, low]) => ((Number(high) << 8) | Number(low)).toString(16)).join(':')
    : address;
  const [left = '', right] = plain.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const head = parse(left);
  const tail = right === undefined ? [] : parse(right);
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}
