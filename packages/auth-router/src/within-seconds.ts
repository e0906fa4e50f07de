import { Refusal, withDeadline } from '@latchkey/user-core';
import { toTrpcError } from './error-shape.ts';

/** R-STO-06: whatever the database does, the caller hears within this time, and what was not begun by then is not done. */
export async function withinSeconds<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toTrpcError(new Refusal('overloaded', { retryAfterSeconds: 2 }))), seconds * 1000);
  });
  try {
    return await Promise.race([withDeadline(seconds * 1000, work), late]);
  } finally {
    clearTimeout(timer);
  }
}
