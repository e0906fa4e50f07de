import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something is so; fails when it never is. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`this never came true: ${condition}`);
    await pause(10);
  }
}
