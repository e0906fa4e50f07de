import { type Operation, TRPCClientError, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { Envelope } from './transport.ts';

/** A link, and the last one, of a function that carries an operation out. */
export function linkOf<Router extends AnyTRPCRouter>(call: (operation: Operation) => Promise<Envelope>): TRPCLink<Router> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        orAborted(call(op), op.signal).then(
          (envelope) => {
            observer.next(envelope as Parameters<typeof observer.next>[0]);
            observer.complete();
          },
          (error: unknown) => observer.error(TRPCClientError.from(error instanceof Error ? error : new Error(String(error)))),
        );
      });
}

/** A call that is given up while it waits is over at once; what others wait for goes on. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('AbortError'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
