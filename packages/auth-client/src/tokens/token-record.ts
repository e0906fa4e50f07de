import type { Tokens } from '#api';

/** What a store keeps: the present pair, how old it is, and what those who share it must know of each other. */
export type TokenRecord = {
  accessToken: string;
  refreshToken: string;
  /** When the pair came, by the device's clock. */
  receivedAt: number;
  /** How long the access token is good, in milliseconds: the distance of two dates of the server's clock. */
  lifetime: number;
  /** No renewal until then: the last ones failed, or were of no use because the new token was refused as well. */
  rest?: { until: number; failures: number; useless?: boolean };
  /** Somebody renews, where there are no Web Locks. */
  lease?: { by: string; until: number };
};

/** Who the tokens stand for. */
export type Identity = { userId: string; sessionId: string };

const longestLifetime = 60 * 60 * 1000;

/** The record of a pair that came just now. */
export function newRecord(tokens: Tokens, now: number): TokenRecord {
  return {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    receivedAt: now,
    lifetime: lifetimeOf(tokens.accessToken, tokens.accessTokenExpiresAt, now),
  };
}

/** How long a token that came just now is good, in milliseconds: by its own two dates, which are of one clock. */
export function lifetimeOf(accessToken: string, expiresAt: Date, now: number): number {
  const { iat, exp } = claimsOf(accessToken);
  const told = typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : expiresAt.getTime() - now;
  return Math.max(0, Math.min(told, longestLifetime));
}

export function formatRecord(record: TokenRecord): string {
  return JSON.stringify(record);
}

/** Null when there is nothing, or nothing that can be used: an older version's text, or half of one. */
export function parseRecord(text: string | null): TokenRecord | null {
  if (text === null) return null;
  try {
    const record = JSON.parse(text) as Partial<TokenRecord> | null;
    const isWhole =
      typeof record?.accessToken === 'string' &&
      // Anything else could not even be sent, and would be kept for ever.
      /^[!-~]+$/.test(record.accessToken) &&
      typeof record.refreshToken === 'string' &&
      typeof record.receivedAt === 'number' &&
      typeof record.lifetime === 'number';
    return isWhole ? (record as TokenRecord) : null;
  } catch {
    return null;
  }
}

/** Read off the access token without verifying it: it tells this client who it is, and decides nothing. */
export function identityOf(record: TokenRecord | null): Identity | null {
  if (!record) return null;
  const { sub, sid } = claimsOf(record.accessToken);
  return { userId: String(sub ?? ''), sessionId: String(sid ?? '') };
}

export function isSameSession(a: TokenRecord | null, b: TokenRecord | null): boolean {
  const [one, other] = [identityOf(a), identityOf(b)];
  return one !== null && other !== null && one.userId === other.userId && one.sessionId === other.sessionId;
}

function claimsOf(accessToken: string): { iat?: unknown; exp?: unknown; sub?: unknown; sid?: unknown } {
  try {
    const payload = accessToken.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}
