import type { UserCore } from '../user-core.ts';
import { claimEvent, updateEventDelivered, updateEventRetry } from './event.store.ts';
import type { UserEvent } from './event.ts';

const leaseSeconds = 60;
/** Ends before the lease does: until then nobody else has the event. */
const hearWithinMilliseconds = 45_000;

/**
 * Tells the subscribers what has happened since they last heard. Safe to run in several processes at once. An event whose
 * subscriber fails, or takes longer than 45 seconds, is tried again, 2 seconds later and then ever more rarely up to every
 * 10 minutes; the same user's later events wait for it, other users' do not. Answers how many were delivered.
 */
export async function deliverEvents(core: UserCore, withinMilliseconds = hearWithinMilliseconds): Promise<number> {
  let delivered = 0;
  for (;;) {
    const row = await claimEvent(core.db, core.host.clock.now(), leaseSeconds);
    if (!row) return delivered;
    // The columns were written from the same union; the database does not know it.
    const event = { id: row.id, type: row.type, userId: row.userId, occurredAt: row.occurredAt, data: row.data } as unknown as UserEvent;
    try {
      await tellAll(core, event, withinMilliseconds);
      await updateEventDelivered(core.db, row.id, core.host.clock.now());
      delivered += 1;
    } catch (error) {
      core.host.log.error(
        { err: error, eventId: row.id, attempts: row.attempts },
        'a subscriber failed; the event will be delivered again',
      );
      const seconds = Math.min(2 ** row.attempts, 600);
      await updateEventRetry(core.db, row.id, new Date(core.host.clock.now().getTime() + seconds * 1000));
    }
  }
}

/** One subscriber after the other, all of them in time: one that never answers must not hold up everybody's events. */
async function tellAll(core: UserCore, event: UserEvent, withinMilliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('a subscriber took too long')), withinMilliseconds);
  });
  const told = (async () => {
    for (const subscriber of core.subscribers) await subscriber(event);
  })();
  try {
    await Promise.race([told, late]);
  } finally {
    clearTimeout(timer);
    // When it was too late it may still fail, and nobody listens any more.
    told.catch(() => {});
  }
}
