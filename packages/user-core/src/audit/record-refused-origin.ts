import type { Origin } from '../host.ts';
import type { UserCore } from '../user-core.ts';
import { tryInsertAudit } from './audit.store.ts';

/** A write that came from another site was turned away before any procedure saw it. */
export async function recordRefusedOrigin(core: UserCore, origin: Origin): Promise<void> {
  await tryInsertAudit(core.db, core.host, origin, { event: 'malicious_csrf', reason: 'origin_refused' });
}
