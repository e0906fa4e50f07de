import type { Connection } from './connection.ts';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';
import { millisecondsLeft, refuseWhenLate } from './deadline.ts';

export type PoolOptions = {
  max: number;
  /** Tasks that may wait for a connection; the next one is turned away at once. */
  maxWaiting: number;
  maxWaitMilliseconds: number;
  /** A connection older than this is replaced, so that none outlives a change of the server's addresses or settings for long. */
  lifetimeMilliseconds: number;
};

/**
 * Connections for tasks, each for one at a time. Waiting is bounded in number and in time (R-STO-06), and a task whose
 * deadline passes while it waits is dropped.
 */
export type ConnectionPool = {
  use<T>(task: (connection: Connection) => Promise<T>): Promise<T>;
  /** Turns away what waits, lets what runs finish for 5 seconds, and closes every connection. */
  close(): Promise<void>;
};

type Member = { connection: Connection; openedAt: number };
type Waiter = { take: (member: Member) => void; turnAway: (error: Error) => void; timer: NodeJS.Timeout };

export function createConnectionPool(open: () => Connection, options: PoolOptions): ConnectionPool {
  const members = new Set<Member>();
  const idle: Member[] = [];
  const waiting: Waiter[] = [];
  let isClosed = false;
  let allIdle: (() => void) | null = null;

  const add = (): Member => {
    const member = { connection: open(), openedAt: performance.now() };
    members.add(member);
    return member;
  };
  const isGood = (member: Member): boolean =>
    member.connection.isUsable() && performance.now() - member.openedAt < options.lifetimeMilliseconds;
  const remove = (member: Member): void => {
    members.delete(member);
    void member.connection.close();
  };
  const wait = (): Promise<Member> =>
    new Promise((take, turnAway) => {
      const waiter: Waiter = {
        take,
        turnAway,
        timer: setTimeout(
          () => {
            waiting.splice(waiting.indexOf(waiter), 1);
            turnAway(new DatabaseUnavailableError('POOL_WAIT'));
          },
          Math.min(options.maxWaitMilliseconds, millisecondsLeft()),
        ),
      };
      waiting.push(waiter);
    });
  const acquire = async (): Promise<Member> => {
    if (isClosed) throw new DatabaseUnavailableError('POOL_CLOSED');
    // The one used last is the one least likely to have been lost.
    for (let member = idle.pop(); member; member = idle.pop()) {
      if (isGood(member)) return member;
      remove(member);
    }
    if (members.size < options.max) return add();
    if (waiting.length >= options.maxWaiting) throw new DatabaseUnavailableError('POOL_FULL');
    return wait();
  };
  const release = (member: Member): void => {
    const keep = !isClosed && isGood(member);
    if (!keep) remove(member);
    const next = isClosed ? undefined : waiting.shift();
    if (next) {
      clearTimeout(next.timer);
      next.take(keep ? member : add());
    } else if (keep) idle.push(member);
    if (isClosed && members.size === 0) allIdle?.();
  };

  return {
    async use(task) {
      refuseWhenLate();
      const member = await acquire();
      try {
        await member.connection.ready();
        refuseWhenLate();
        return await task(member.connection);
      } finally {
        release(member);
      }
    },
    async close() {
      isClosed = true;
      for (const { timer, turnAway } of waiting.splice(0)) {
        clearTimeout(timer);
        turnAway(new DatabaseUnavailableError('POOL_CLOSED'));
      }
      for (const member of idle.splice(0)) remove(member);
      await finished(members, (done) => {
        allIdle = done;
      });
      await Promise.all([...members].map(({ connection }) => connection.close()));
    },
  };
}

async function finished(members: Set<Member>, whenAllIdle: (done: () => void) => void): Promise<void> {
  if (members.size === 0) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 5_000);
    whenAllIdle(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
