import { clientNetwork } from '../limits/client-network.ts';
import { Refusal } from '../refusal.ts';

/**
 * Password hashes are the dearest thing a stranger can ask for. This queue runs a few at a time, keeps a short line and
 * turns the rest away at once, so that a flood of logins neither queues for ever nor takes the threads that DNS needs.
 */
export type HashQueue = {
  /** Runs `work` when its turn comes; refuses with `overloaded` when the line is full or the wait too long. `from` is an address. */
  run<T>(from: string | null, work: () => Promise<T>): Promise<T>;
  refuseWhenFull(from: string | null): void;
  depth(): { running: number; waiting: number; shed: number };
};

export type HashQueueOptions = {
  concurrency: number;
  maxWaiting: number;
  maxWaitMilliseconds: number;
  /** While the line is more than half full, one client address may hold this part of it. */
  sharePerClient: number;
};

type Waiter = { client: string; start: () => void; giveUp: (refusal: Refusal) => void; expiresAt: number };

export function createHashQueue(options: HashQueueOptions): HashQueue {
  const waiting: Waiter[] = [];
  let running = 0;
  let shed = 0;

  const refuse = (): Refusal => {
    shed += 1;
    return new Refusal('overloaded', { retryAfterSeconds: 1 + (shed % 3) });
  };
  // As attempts are counted: one who has a whole network is one client, and all whose address is not known are one.
  const clientOf = (from: string | null): string => clientNetwork(from) ?? 'unknown';
  const share = Math.max(1, Math.floor(options.maxWaiting * options.sharePerClient));
  const hasRoom = (client: string): boolean => {
    if (running < options.concurrency) return true;
    if (waiting.length >= options.maxWaiting) return false;
    if (waiting.length * 2 < options.maxWaiting) return true;
    return waiting.filter((waiter) => waiter.client === client).length < share;
  };
  const next = (): void => {
    running -= 1;
    for (let waiter = waiting.shift(); waiter; waiter = waiting.shift()) {
      if (waiter.expiresAt < performance.now()) {
        waiter.giveUp(refuse());
        continue;
      }
      running += 1;
      waiter.start();
      return;
    }
  };

  return {
    async run(from, work) {
      const client = clientOf(from);
      if (!hasRoom(client)) throw refuse();
      if (running < options.concurrency) running += 1;
      else {
        await new Promise<void>((start, giveUp) => {
          waiting.push({ client, start, giveUp, expiresAt: performance.now() + options.maxWaitMilliseconds });
        });
      }
      try {
        return await work();
      } finally {
        next();
      }
    },
    refuseWhenFull(from) {
      if (!hasRoom(clientOf(from))) throw refuse();
    },
    depth: () => ({ running, waiting: waiting.length, shed }),
  };
}

/** Sizes the queue for a machine: `threads` is libuv's pool, of which two stay free for DNS and files. */
export function hashQueueOptions(hashMilliseconds: number, cores: number, threads: number, isShared: boolean): HashQueueOptions {
  const concurrency = Math.max(1, Math.min(cores >= 4 ? cores - 1 : cores, threads - 2));
  const maxWaitMilliseconds = 1000;
  return {
    concurrency,
    maxWaiting: Math.max(4, Math.floor((maxWaitMilliseconds * concurrency) / Math.max(1, hashMilliseconds))),
    maxWaitMilliseconds,
    sharePerClient: isShared ? 0.25 : 1,
  };
}
