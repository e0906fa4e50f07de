import { readAccessToken } from '../access-token/access-token.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { findLivingSession, findSessionByToken, type SignedIn, updateSessionSeen } from './session.store.ts';

/** What a request brought along to say who it is. `cookies` holds every session cookie: more than one is nobody's. */
export type Credentials = { cookies: string[]; bearer: string | null };

/**
 * Who the caller is, or null. A credential that is unknown, ended or expired is as good as none. A cookie and a bearer
 * that name different people are nobody's (R-SES-16), and so are several session cookies (R-TRN-07).
 */
export async function recognize(core: UserCore, credentials: Credentials): Promise<SignedIn | null> {
  const [cookie, ...more] = credentials.cookies;
  if (more.length > 0) return null;
  const byCookie = cookie === undefined ? null : await recognizeCookie(core, cookie);
  const byBearer = credentials.bearer === null ? null : await recognizeBearer(core, credentials.bearer);
  if (byCookie && byBearer && byCookie.user.id !== byBearer.user.id) return null;
  return byBearer ?? byCookie;
}

async function recognizeCookie(core: UserCore, cookie: string): Promise<SignedIn | null> {
  const hash = secretTokenHash('session', cookie);
  return hash && touch(core, await findSessionByToken(core.db, hash, core.host.clock.now()));
}

async function recognizeBearer(core: UserCore, bearer: string): Promise<SignedIn | null> {
  const claims = await readAccessToken(core, bearer);
  return claims && touch(core, await findLivingSession(core.db, claims.sessionId, claims.userId, core.host.clock.now()));
}

/** Moves the idle end, every few minutes at most, and never beyond the absolute one. */
async function touch(core: UserCore, found: SignedIn | null): Promise<SignedIn | null> {
  if (!found) return null;
  const now = core.host.clock.now();
  const { touchEverySeconds, idleSeconds } = core.policy.session;
  if (now.getTime() - found.session.lastSeenAt.getTime() < touchEverySeconds * 1000) return found;
  const idleExpiresAt = new Date(Math.min(now.getTime() + idleSeconds * 1000, found.session.expiresAt.getTime()));
  await updateSessionSeen(core.db, found.session.id, now, idleExpiresAt);
  return { user: found.user, session: { ...found.session, lastSeenAt: now, idleExpiresAt } };
}
