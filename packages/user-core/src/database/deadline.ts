import { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';

/** By `performance.now()`, when whoever asked for the present work stops listening; null when nobody does. */
const deadline = new AsyncLocalStorage<number | null>();

/**
 * Does work for somebody who stops listening then. What it has not sent to the database by that time is never sent, and a
 * transaction that is not committed by then is rolled back: nothing happens after they were told that it did not (R-STO-06).
 */
export function withDeadline<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  return deadline.run(Math.min(performance.now() + milliseconds, deadline.getStore() ?? Number.POSITIVE_INFINITY), begun(work));
}

/** Does work that others wait for too, for as long as it takes. */
export function withoutDeadline<T>(work: () => Promise<T>): Promise<T> {
  return deadline.run(null, begun(work));
}

export function millisecondsLeft(): number {
  return (deadline.getStore() ?? Number.POSITIVE_INFINITY) - performance.now();
}

export function refuseWhenLate(): void {
  if (millisecondsLeft() <= 0) throw new DatabaseUnavailableError('DEADLINE');
}

/** Drizzle sends a statement when its result is asked for: that is to happen in here. */
function begun<T>(work: () => Promise<T>): () => Promise<T> {
  return async () => await work();
}
