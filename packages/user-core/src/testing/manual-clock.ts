import type { Clock } from '../host.ts';

/** A clock that stands still until it is told to move. */
export type ManualClock = Clock & { advance(seconds: number): void };

/** Makes a clock that stands at `start`, which is now unless told otherwise. */
export function manualClock(start = new Date()): ManualClock {
  let milliseconds = start.getTime();
  return {
    now: () => new Date(milliseconds),
    advance: (seconds) => {
      milliseconds += seconds * 1000;
    },
  };
}
