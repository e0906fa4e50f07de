import { Refusal } from '@latchkey/user-core';
import { withinSeconds } from './within-seconds.ts';

/** Starts work, unless too much of it is under way, and answers within so many seconds. */
export type CallGate = <T>(seconds: number, start: () => Promise<T>) => Promise<T>;

/**
 * R-STO-06: so many calls may be under way in one process; the next is turned away with `overloaded`. One that was answered
 * because it took too long counts until its work has really ended: turning callers away must not let more work in.
 */
export function createCallGate(maxInFlight: number): CallGate {
  let inFlight = 0;
  return async (seconds, start) => {
    if (inFlight >= maxInFlight) throw new Refusal('overloaded', { retryAfterSeconds: 1 });
    inFlight += 1;
    return withinSeconds(seconds, () =>
      start().finally(() => {
        inFlight -= 1;
      }),
    );
  };
}
