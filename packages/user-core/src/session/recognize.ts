import { readAccessToken } from '../access-token/access-token.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { findLivingSession, findSessionByToken, type SignedIn, updateSessionSeen } from './session.store.ts';

/** What a request brought along to say who it is. `cookies` holds every session cookie: more than one is nobody's. */
export type Credentials = { cookies: string[]; bearer: string | null };

/** Whom a request is from, and every living session whose secret it holds. */
export type Recognized = { signedIn: SignedIn | null; presented: SignedIn[] };

/** Nobody has more by honest means; the rest is not worth a look. */
const maxCookies = 3;

/**
 * Who the caller is. A credential that is unknown, ended or expired is as good as none. A cookie and a bearer that name
 * different people are nobody's (R-SES-16), and so are several session cookies (R-TRN-07).
 */
export async function recognize(core: UserCore, { cookies, bearer }: Credentials): Promise<Recognized> {
  const byCookie: SignedIn[] = [];
  for (const cookie of cookies.slice(0, maxCookies)) byCookie.push(...found(await recognizeCookie(core, cookie)));
  const byBearer = bearer === null ? [] : found(await recognizeBearer(core, bearer));
  const presented = [...byBearer, ...byCookie];
  const isOnePerson = new Set(presented.map(({ user }) => user.id)).size === 1;
  return { presented, signedIn: cookies.length <= 1 && isOnePerson ? (presented[0] ?? null) : null };
}

function found(signedIn: SignedIn | null): SignedIn[] {
  return signedIn ? [signedIn] : [];
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
