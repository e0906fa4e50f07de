import type { Clock, Random } from './host.ts';

/** UUID version 7 (RFC 9562 §5.7): sorts by time, so that new rows land at the end of their index. */
export function newId(host: { clock: Clock; random: Random }): string {
  const bytes = host.random.bytes(16);
  bytes.writeUIntBE(host.clock.now().getTime(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
