import { Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import type { SignedIn } from './session.store.ts';

/** Until when this session counts as freshly proven (ASVS 5.0 7.5.1). */
export function freshUntil(core: UserCore, authenticatedAt: Date): Date {
  return new Date(authenticatedAt.getTime() + core.policy.session.freshSeconds * 1000);
}

/** Refuses with `reauthentication_required` unless a factor was proven in the last minutes. */
export function requireFresh(core: UserCore, me: SignedIn): void {
  if (freshUntil(core, me.session.authenticatedAt) <= core.host.clock.now()) throw new Refusal('reauthentication_required');
}
