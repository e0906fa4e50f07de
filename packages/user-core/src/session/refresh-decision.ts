import type { SessionRow } from './session.table.ts';

export type RefreshDecision =
  /** The predecessor came again within the grace: its owner lost the answer, or two tabs raced. Tell the same successor. */
  | 'repeat_successor'
  /** A token that was replaced is used again: somebody else has it. End the session. */
  | 'reuse'
  | 'already_reused'
  | 'dead';

/**
 * What to do with a well-formed refresh token that is not the living generation (RFC 9700 §4.14.2). Grace is for the
 * immediate predecessor, for some seconds, and never for a token that was withdrawn: endless grace would let a thief
 * who alternates with the owner go unseen.
 */
export function decideRefresh(session: SessionRow, counter: number, now: Date, graceSeconds: number): RefreshDecision {
  if (session.endReason === 'refresh_reused') return 'already_reused';
  if (session.endedAt !== null || session.expiresAt <= now || session.idleExpiresAt <= now) return 'dead';
  if (session.tokenHash !== null || counter > session.refreshCounter || counter < session.refreshFloor) return 'dead';
  const isPredecessor = counter === session.refreshCounter - 1;
  const isRecent = session.refreshedAt !== null && now.getTime() - session.refreshedAt.getTime() <= graceSeconds * 1000;
  return isPredecessor && isRecent ? 'repeat_successor' : 'reuse';
}
