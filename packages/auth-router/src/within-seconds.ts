import { Refusal } from '@latchkey/user-core';
import { toTrpcError } from './error-shape.ts';

/** R-STO-06: whatever the database does, the caller hears within this time. */
export async function withinSeconds<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toTrpcError(new Refusal('overloaded', { retryAfterSeconds: 2 }))), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
