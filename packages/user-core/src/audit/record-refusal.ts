import type { Origin } from '../host.ts';
import { Refusal, type RefusalReason } from '../refusal.ts';
import type { SignedIn } from '../session/session.store.ts';
import type { UserCore } from '../user-core.ts';
import { type AuditEvent, tryInsertAudit } from './audit.store.ts';

/** Refusals that are events in themselves, whatever was called. Others are recorded, if at all, by what refuses. */
const events: Partial<Record<RefusalReason, AuditEvent>> = {
  too_many_attempts: 'excess_rate_limit_exceeded',
  reauthentication_required: 'authz_fail',
  origin_refused: 'malicious_csrf',
};

/**
 * Records that a call was turned away, where that tells something. `what` names what was asked for. Never fails: the refusal
 * stands either way. Beyond `policy.limits.record` a flood is no longer written down one by one.
 */
export async function recordRefusal(
  core: UserCore,
  reason: RefusalReason,
  what: string,
  origin: Origin,
  who: SignedIn | null,
): Promise<void> {
  const event = events[reason];
  if (!event || !(await mayRecord(core, origin))) return;
  // Whoever is refused may have put anything there, and PostgreSQL does not take every text.
  const asked = what.slice(0, 200).replace(/[^\w.,-]/g, '?');
  const entry = { event, reason: `${reason}: ${asked}`, userId: who?.user.id ?? null, sessionId: who?.session.id ?? null };
  await tryInsertAudit(core.db, core.host, origin, entry);
}

async function mayRecord(core: UserCore, origin: Origin): Promise<boolean> {
  try {
    await core.limits.charge('record', { ip: origin.ip, account: 'everybody' });
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    core.host.log.error({ err: error, requestId: origin.requestId }, 'a refusal could not be recorded');
    return false;
  }
}
