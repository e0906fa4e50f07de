import { readAccessToken } from '../access-token/access-token.ts';
import type { UserCore } from '../user-core.ts';
import { findLivingSession } from './session.store.ts';

/** Whether an access token is good at this moment. */
export type TokenStatus = { active: true; userId: string; sessionId: string; expiresAt: Date } | { active: false };

/** Whether an access token is good at this moment: ours, in its time, and of a session that lives (RFC 7662 in spirit). */
export async function verifyToken(core: UserCore, token: string): Promise<TokenStatus> {
  const claims = await readAccessToken(core, token);
  const living = claims && (await findLivingSession(core.db, claims.sessionId, claims.userId, core.host.clock.now()));
  return claims && living ? { active: true, ...claims } : { active: false };
}
