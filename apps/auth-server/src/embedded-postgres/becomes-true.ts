import { setTimeout as delay } from 'node:timers/promises';

/** Looks every 20 ms whether `condition` holds. Answers false when it still does not after `withinMs`. */
export async function becomesTrue(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
