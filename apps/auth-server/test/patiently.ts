import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './browser.ts';

/** Asks again while the queue for hashes is full, as a client would: that is no answer to the call. */
export async function patiently<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (const deadline = Date.now() + 20_000; ; await pause(50)) {
    const answer = await call();
    if (answer.error?.reason !== 'overloaded' || Date.now() > deadline) return answer;
  }
}
