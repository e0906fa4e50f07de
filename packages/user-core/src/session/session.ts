import type { SessionRow } from './session.table.ts';

/** A login as its owner may see it: never a secret. */
export type Session = {
  id: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  authenticatedAt: Date;
  methods: string[];
  ip: string | null;
  userAgent: string | null;
  current: boolean;
};

/** An access token and the refresh token that gets the next one. */
export type Tokens = { accessToken: string; accessTokenExpiresAt: Date; refreshToken: string; refreshTokenExpiresAt: Date };

/** A session row as its owner may see it; `currentId` is the session that asks. */
export function toSession(row: SessionRow, currentId: string | null): Session {
  return {
    id: row.id,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.idleExpiresAt < row.expiresAt ? row.idleExpiresAt : row.expiresAt,
    authenticatedAt: row.authenticatedAt,
    methods: row.methods,
    ip: row.ip,
    userAgent: row.userAgent,
    current: row.id === currentId,
  };
}
