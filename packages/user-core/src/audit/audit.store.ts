import type { Db, Transaction } from '../database.ts';
import type { Clock, Log, Origin } from '../host.ts';
import { auditTable } from './audit.table.ts';

/** Names after the OWASP logging vocabulary where it has one. */
export type AuditEvent =
  | 'authn_login_success'
  | 'authn_login_fail'
  | 'authn_login_fail_max'
  | 'authn_login_successafterfail'
  | 'authn_logout'
  | 'authn_password_change'
  | 'authn_password_change_fail'
  | 'authn_token_created'
  | 'authn_token_reuse'
  | 'password_reset_request'
  | 'password_reset_consume'
  | 'registration'
  | 'email_verify'
  | 'email_change_request'
  | 'email_change_confirm'
  | 'session_revoke'
  | 'session_revoke_all'
  | 'sudo_ok'
  | 'sudo_fail'
  | 'excess_rate_limit_exceeded'
  | 'malicious_csrf'
  | 'authz_fail'
  | 'account_delete'
  | 'key_rotate'
  | 'config_start'
  | 'service_account_create'
  | 'service_account_revoke'
  | 'service_key_rotate'
  | 'service_token_created'
  | 'service_token_fail';

export type AuditEntry = {
  event: AuditEvent;
  result?: 'ok' | 'refused';
  reason?: string | null;
  userId?: string | null;
  sessionId?: string | null;
  /** Set when another server did it, or it was done to one. */
  serviceAccountId?: string | null;
};

/** Inside a transaction: a security change that cannot be recorded does not happen. */
export async function insertAudit(tx: Db | Transaction, clock: Clock, origin: Origin | null, entry: AuditEntry): Promise<void> {
  await tx.insert(auditTable).values({
    event: entry.event,
    result: entry.result ?? 'ok',
    reason: entry.reason ?? null,
    userId: entry.userId ?? null,
    sessionId: entry.sessionId ?? null,
    serviceAccountId: entry.serviceAccountId ?? null,
    ip: origin?.ip ?? null,
    userAgent: origin?.userAgent ?? null,
    requestId: origin?.requestId ?? null,
    occurredAt: clock.now(),
  });
}

/** A server has started: from then on its configuration is in force. */
export async function recordStart(core: { db: Db; host: { clock: Clock } }): Promise<void> {
  await insertAudit(core.db, core.host.clock, null, { event: 'config_start' });
}

/** For what was refused: the answer stands whether or not it can be recorded, and the log says when it could not. */
export async function tryInsertAudit(db: Db, host: { clock: Clock; log: Log }, origin: Origin, entry: AuditEntry): Promise<void> {
  try {
    await insertAudit(db, host.clock, origin, { result: 'refused', ...entry });
  } catch (error) {
    host.log.error({ err: error, event: entry.event, requestId: origin.requestId }, 'an audit event could not be recorded');
  }
}
