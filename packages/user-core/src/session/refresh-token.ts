import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DerivedKeys } from '../secret/derived-keys.ts';

/**
 * `lkr_` and base64url of: 4 bytes naming the root secret, 16 of the session's id, 4 of the generation, 32 of
 * HMAC-SHA-256 over these. Nothing about it is stored but the generation: the database cannot give one away, and the
 * successor can be told again to a client that lost it.
 */
const prefix = 'lkr_';
const byteLength = 56;

export type RefreshToken = { sessionId: string; counter: number };

export function formatRefreshToken(keys: DerivedKeys, token: RefreshToken): string {
  const body = Buffer.concat([secretName(keys.currentId), Buffer.from(token.sessionId.replaceAll('-', ''), 'hex'), uint32(token.counter)]);
  return prefix + Buffer.concat([body, keys.mac('refresh', body)]).toString('base64url');
}

/** Null when it was not made by us; no lookup is needed to know. */
export function parseRefreshToken(keys: DerivedKeys, text: string): RefreshToken | null {
  if (text.length !== prefix.length + Math.ceil((byteLength * 4) / 3) || !text.startsWith(prefix)) return null;
  const bytes = Buffer.from(text.slice(prefix.length), 'base64url');
  if (bytes.length !== byteLength || prefix + bytes.toString('base64url') !== text) return null;
  const body = bytes.subarray(0, 24);
  const id = keys.ids.find((candidate) => secretName(candidate).equals(body.subarray(0, 4)));
  const key = id === undefined ? null : keys.key('refresh', id);
  if (!key || !timingSafeEqual(createHmac('sha256', key).update(body).digest(), bytes.subarray(24))) return null;
  const hex = body.subarray(4, 20).toString('hex');
  const sessionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { sessionId, counter: body.readUInt32BE(20) };
}

function secretName(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, 4);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
