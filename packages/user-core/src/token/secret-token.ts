import { createHash } from 'node:crypto';
import type { Random } from '../host.ts';

/**
 * What a secret is for. The prefix is part of what is hashed, so a secret of one kind is nothing to another, and
 * secret scanners can find one that leaked.
 */
export type SecretKind =
  | 'session'
  | 'device'
  | 'browser'
  | 'verify_email'
  | 'reset_password'
  | 'change_email'
  | 'service_key'
  | 'social_state'
  | 'social_browser'
  | 'social_ticket';

const prefixes: Record<SecretKind, string> = {
  session: 'lks_',
  device: 'lkd_',
  browser: 'lkb_',
  verify_email: 'lkv_',
  reset_password: 'lkp_',
  change_email: 'lkc_',
  service_key: 'lka_',
  social_state: 'lko_',
  social_browser: 'lkf_',
  social_ticket: 'lkt_',
};

const bodyLength = 43;
const checksumLength = 6;

/** 256 random bits (ASVS 5.0 7.2.3), base64url, between a prefix and a checksum. Only `hash` may be stored. */
export function mintSecretToken(kind: SecretKind, random: Random): { token: string; hash: Buffer } {
  const body = prefixes[kind] + random.bytes(32).toString('base64url');
  const token = body + checksum(body);
  return { token, hash: sha256(token) };
}

/** The stored form of a token, or null when it cannot be one of ours: no lookup is worth its while. */
export function secretTokenHash(kind: SecretKind, token: string): Buffer | null {
  const prefix = prefixes[kind];
  if (token.length !== prefix.length + bodyLength + checksumLength || !token.startsWith(prefix)) return null;
  const body = token.slice(0, -checksumLength);
  return checksum(body) === token.slice(-checksumLength) ? sha256(token) : null;
}

function checksum(body: string): string {
  return sha256(body).subarray(0, 5).toString('base64url').slice(0, checksumLength);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
