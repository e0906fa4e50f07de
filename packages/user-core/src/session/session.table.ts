import { sql } from 'drizzle-orm';
import { check, index, integer, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, latchkey } from '../table-columns.ts';
import { userTable } from '../user/user.table.ts';

export type SessionEnd = 'logged_out' | 'revoked' | 'evicted' | 'password_changed' | 'email_proven' | 'refresh_reused' | 'reauthenticated';

/** One login on one device, whether its secret travels as a cookie or as a refresh token. */
export const sessionTable = latchkey.table(
  'session',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    /** SHA-256 of the cookie; null when the session lives by refresh tokens. */
    tokenHash: bytea('token_hash').unique('session_token_hash_unique'),
    createdAt: at('created_at').notNull(),
    lastSeenAt: at('last_seen_at').notNull(),
    authenticatedAt: at('authenticated_at').notNull(),
    idleExpiresAt: at('idle_expires_at').notNull(),
    expiresAt: at('expires_at').notNull(),
    endedAt: at('ended_at'),
    endReason: text('end_reason').$type<SessionEnd>(),
    methods: text('methods').array().notNull(),
    ip: text('ip'),
    userAgent: text('user_agent'),
    /** Generation of the living refresh token; its predecessor was replaced at `refreshedAt`. */
    refreshCounter: integer('refresh_counter').notNull().default(0),
    /** Tokens below this generation were withdrawn, not replaced: they are refused without an alarm. */
    refreshFloor: integer('refresh_floor').notNull().default(0),
    refreshedAt: at('refreshed_at'),
  },
  (t) => [
    index('session_user_index').on(t.userId, t.lastSeenAt),
    index('session_expires_index').on(t.expiresAt),
    check('session_end', sql`(${t.endedAt} is null) = (${t.endReason} is null)`),
  ],
);

export type SessionRow = typeof sessionTable.$inferSelect;

/** A browser that has logged in before: it is not a stranger to the account's limits, and its logins are not news. */
export const deviceTable = latchkey.table(
  'device',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    tokenHash: bytea('token_hash').notNull().unique('device_token_hash_unique'),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
    /** Logging out makes the browser forget its cookie: from then on it is known by where it came from and what it is. */
    releasedAt: at('released_at'),
    releasedIp: text('released_ip'),
    releasedUserAgent: text('released_user_agent'),
  },
  (t) => [index('device_user_index').on(t.userId), index('device_expires_index').on(t.expiresAt)],
);
