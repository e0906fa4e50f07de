import { setTimeout as pause } from 'node:timers/promises';

/** Asks again until the answer is yes; throws after `seconds`. Answers how many milliseconds it took. */
export async function eventually(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<number> {
  const begunAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - begunAt > seconds * 1000) throw new Error(`it did not come true within ${seconds} seconds`);
    await pause(20);
  }
  return performance.now() - begunAt;
}
