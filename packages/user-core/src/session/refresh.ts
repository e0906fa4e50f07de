import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { insertEvent } from '../event/event.store.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { Refusal } from '../refusal.ts';
import { findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { issueTokens } from './open-session.ts';
import { decideRefresh } from './refresh-decision.ts';
import { parseRefreshToken } from './refresh-token.ts';
import { claimRefresh, findSession, type SignedIn } from './session.store.ts';
import type { Tokens } from './session.ts';
import { endSession } from './sessions.ts';

/**
 * Exchanges a refresh token for the next pair (RFC 9700 §4.14.2). Any number of parallel callers with the same token get the
 * same successor. Refusals: `not_authenticated`, `refresh_token_reused` (the session ended), `too_many_attempts`.
 */
export async function refresh(core: UserCore, refreshToken: string, caller: Caller): Promise<Tokens> {
  const token = parseRefreshToken(core.keys, refreshToken);
  await core.limits.charge('refresh', { ip: caller.origin.ip, account: token?.sessionId ?? null });
  if (!token) throw new Refusal('not_authenticated');

  const now = core.host.clock.now();
  const idleUntil = new Date(now.getTime() + core.policy.session.idleSeconds * 1000);
  const claimed = await claimRefresh(core.db, token.sessionId, token.counter, now, idleUntil);
  if (claimed) return issueTokens(core, core.db, claimed);

  const present = await findSession(core.db, token.sessionId);
  if (!present) throw new Refusal('not_authenticated');
  switch (decideRefresh(present.session, token.counter, now, core.policy.refresh.graceSeconds)) {
    case 'repeat_successor':
      return issueTokens(core, core.db, present.session);
    case 'reuse':
      await endReusedSession(core, present, caller);
      throw new Refusal('refresh_token_reused');
    case 'already_reused':
      throw new Refusal('refresh_token_reused');
    case 'dead':
      throw new Refusal('not_authenticated');
  }
}

async function endReusedSession(core: UserCore, reused: SignedIn, caller: Caller): Promise<void> {
  const { user, session } = reused;
  await core.db.transaction(async (tx) => {
    await findUserForUpdate(tx, user.id);
    if (!(await endSession(core, tx, user.id, session.id, 'refresh_reused'))) return;
    const occurredAt = core.host.clock.now();
    await insertEvent(tx, { type: 'refresh.reused', userId: user.id, data: { sessionId: session.id }, occurredAt });
    await insertAudit(tx, core.host.clock, caller.origin, {
      event: 'authn_token_reuse',
      result: 'refused',
      userId: user.id,
      sessionId: session.id,
    });
    await writeNotice(core, tx, { kind: 'refresh_reused', to: user.email, content: occurrence(core, caller.origin) }, user);
  });
}
