import type { Scheduler } from 'fast-check';
import type { Host } from '../../src/host.ts';
import { createTokenKeeper, type Exchange, type TokenKeeper } from '../../src/tokens/token-keeper.ts';
import { identityOf, parseRecord } from '../../src/tokens/token-record.ts';
import type { TokenStore } from '../../src/tokens/token-store.ts';
import { webLocks } from '../browser-world.ts';
import { modelServer } from './model-server.ts';

/** What may become of one exchange. `dies`: the server rotates, and the tab is closed before the answer is there. */
export const fates = ['answered', 'request_lost', 'answer_lost', 'late', 'dies'] as const;
export type Fate = (typeof fates)[number];

export type ModelTab = {
  keeper: TokenKeeper;
  /** One call that needs somebody signed in, as the client's link makes it. */
  call(): Promise<'accepted' | 'refused' | 'not_renewed'>;
  isClosed(): boolean;
  signOuts: number;
};

export type WorldOptions = { hasLocks: boolean; tabs: number; fates?: Fate[]; latency?: number };

/** Some tabs, their common store, and the server, where everything that takes time happens in the order that `scheduler` picks. */
export function refreshWorld(scheduler: Scheduler, options: WorldOptions) {
  let now = 1_800_000_000_000;
  let exchanges = 0;
  let text: string | null = null;
  const everKept = new Set<string>();
  const logins: string[] = [];
  const usedBeforeKept: string[] = [];
  const locks = webLocks();
  const fateOf = [...(options.fates ?? [])];
  const server = modelServer(() => now);
  const later = <T>(label: string, value: () => T): Promise<T> => scheduler.schedule(Promise.resolve(), label).then(value);

  const keep = (next: string | null): void => {
    text = next;
    const record = parseRecord(next);
    if (record) everKept.add(record.accessToken);
    const sessionId = identityOf(record)?.sessionId;
    if (sessionId !== undefined && !logins.includes(sessionId)) logins.push(sessionId);
  };
  const store = (): TokenStore => ({
    sharedAs: 'world',
    read: () => later('read', () => text),
    compareAndSet: (expected, next) =>
      later('compare and set', () => {
        if (text !== expected) return false;
        keep(next);
        return true;
      }),
  });

  const openTab = (): ModelTab => {
    let close = (): void => {};
    let closed = false;
    const closing = new Promise<never>((_, reject) => {
      close = () => {
        closed = true;
        reject(new Error('the tab was closed'));
      };
    });
    closing.catch(() => {});
    /** A closed tab does nothing more; what it held is free. */
    const alive = <T>(work: Promise<T>): Promise<T> => Promise.race([closing, work]).then((value) => (closed ? closing : value));
    const own = store();
    const host: Host = {
      now: () => now,
      random: () => 0.5,
      wait: (milliseconds) => {
        const due = now + milliseconds;
        return alive(
          later(`wait ${milliseconds}`, () => {
            now = Math.max(now, due);
          }),
        );
      },
      locks: () => (options.hasLocks ? { request: (name, settings, work) => locks.request(name, settings, () => alive(work())) } : null),
    };
    const exchange: Exchange = async (refreshToken) => {
      exchanges += 1;
      const fate = fateOf.shift() ?? 'answered';
      const lost = { kind: 'lost', error: new Error(fate) } as const;
      if (fate === 'request_lost') return alive(later('request lost', () => lost));
      const answer = await alive(
        later('exchange', () => {
          now += options.latency ?? 20;
          return server.exchange(refreshToken);
        }),
      );
      if (fate === 'dies') {
        close();
        return alive(later('died', () => lost));
      }
      return alive(
        later('answer', () => {
          if (fate === 'answer_lost') return lost;
          if (fate === 'late') return { kind: 'refused', reason: 'overloaded', retryAfterSeconds: 2, error: new Error('late') } as const;
          return 'tokens' in answer
            ? ({ kind: 'tokens', tokens: answer.tokens } as const)
            : ({ kind: 'refused', reason: answer.reason, error: new Error(answer.reason) } as const);
        }),
      );
    };
    const tab: ModelTab = {
      signOuts: 0,
      isClosed: () => closed,
      keeper: createTokenKeeper(
        {
          sharedAs: 'world',
          read: () => alive(Promise.resolve(own.read())),
          compareAndSet: (e, n) => alive(Promise.resolve(own.compareAndSet(e, n))),
        },
        exchange,
        host,
        () => {
          tab.signOuts += 1;
        },
      ),
      async call() {
        try {
          let record = await tab.keeper.beforeCall('must');
          for (let isReplay = false; ; isReplay = true) {
            if (record && !everKept.has(record.accessToken)) usedBeforeKept.push(record.accessToken);
            const sent = record;
            if (await alive(later('call', () => sent !== null && server.accepts(sent.accessToken)))) return 'accepted';
            record = await tab.keeper.afterRefusal(sent, isReplay);
            if (!record) return 'refused';
          }
        } catch {
          return 'not_renewed';
        }
      },
    };
    return tab;
  };

  return {
    server,
    tabs: Array.from({ length: options.tabs }, openTab),
    usedBeforeKept,
    /** Every session that was ever kept, in the order of its coming. */
    logins,
    exchanges: () => exchanges,
    record: () => parseRecord(text),
    identity: () => identityOf(parseRecord(text)),
    now: () => now,
    /** From now on every exchange is answered. */
    calm(): void {
      fateOf.length = 0;
    },
    pass(seconds: number): void {
      now += seconds * 1000;
    },
    openTab,
  };
}

export type RefreshWorld = ReturnType<typeof refreshWorld>;
