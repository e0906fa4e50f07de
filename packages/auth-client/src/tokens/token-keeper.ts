import type { Tokens } from '#api';
import type { Host } from '../host.ts';
import { inTurn } from './lock.ts';
import {
  decideAfterExchange,
  decideAfterRefusal,
  decideBeforeCall,
  type FailedExchange,
  isResting,
  type Need,
  restAfter,
} from './refresh-protocol.ts';
import { formatRecord, isSameSession, newRecord, parseRecord, type TokenRecord } from './token-record.ts';
import type { TokenStore } from './token-store.ts';

/** What `auth.refresh` answered; `error` is what it rejected with. */
export type Exchange = (refreshToken: string) => Promise<{ kind: 'tokens'; tokens: Tokens } | (FailedExchange & { error: unknown })>;

/** The tokens of one client: at hand for every call, renewed when they must be, and never lost between store and use. */
export type TokenKeeper = {
  read(): Promise<TokenRecord | null>;
  /** What a call is to carry. Rejects when it needs a renewal and none can be had. */
  beforeCall(need: Need): Promise<TokenRecord | null>;
  /** What to call again with after `not_authenticated`; null when the refusal stands. Rejects when that cannot be found out. */
  afterRefusal(sent: TokenRecord | null, isReplay: boolean): Promise<TokenRecord | null>;
  /** Keeps a pair, if `may` agrees to replace what is kept by then. */
  keep(tokens: Tokens, may?: (present: TokenRecord | null) => boolean): Promise<void>;
  /** Keeps nothing any more, unless somebody else has logged in meanwhile. */
  forget(record: TokenRecord | null): Promise<void>;
  /** Runs `work` while nobody who shares the store renews. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
};

/** One renewal under way. `stumbled` settles at its first failure, while it goes on. */
type Renewal = { done: Promise<TokenRecord | null>; stumbled: Promise<void> };

export function createTokenKeeper(store: TokenStore, exchange: Exchange, host: Host, signedOut: () => void): TokenKeeper {
  const id = host.random().toString(36).slice(2);
  let renewal: Renewal | null = null;
  let lastError: unknown = null;

  const read = async (): Promise<TokenRecord | null> => parseRecord(await store.read());

  /** Writes what `next` makes of the record that is kept at that moment; `undefined` leaves it alone. Answers whether it wrote. */
  const change = async (next: (present: TokenRecord | null) => TokenRecord | null | undefined): Promise<boolean> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const text = await store.read();
      const wanted = next(parseRecord(text));
      if (wanted === undefined) return false;
      if (await store.compareAndSet(text, wanted && formatRecord(wanted))) return true;
    }
    throw new Error('the token store keeps nothing: its compareAndSet answered false every time');
  };

  const rest = (record: TokenRecord, atLeast: number, useless: boolean): Promise<boolean> =>
    change((present) =>
      present?.accessToken === record.accessToken && !isResting(present, host.now())
        ? { ...present, rest: { ...restAfter(present, host.now(), atLeast, host.random()), useless } }
        : undefined,
    );

  /** Exchanges until an answer decides. Nobody else who keeps turns does the same meanwhile. */
  const renewInTurn = async (old: string, stumble: () => void): Promise<TokenRecord | null> => {
    const from = host.now();
    for (let attempt = 0; ; attempt += 1) {
      const record = await read();
      if (record?.accessToken !== old) return record;
      // Whoever had the turn before could not renew it either: all rest together.
      if (isResting(record, host.now()) && !record.rest?.useless) throw lastError ?? new Error('another tab could not renew the session');
      const answer = await exchange(record.refreshToken);
      const isUntouched = (present: TokenRecord | null): boolean => present?.refreshToken === record.refreshToken;
      if (answer.kind === 'tokens') {
        await change((present) => (isUntouched(present) ? newRecord(answer.tokens, host.now()) : undefined));
        return read();
      }
      lastError = answer.error;
      const decision = decideAfterExchange(answer, attempt, host.now() - from);
      if (decision.do === 'sign_out') {
        if (await change((present) => (isUntouched(present) ? null : undefined))) signedOut();
        return read();
      }
      stumble();
      if (decision.do === 'rest') {
        await rest(record, decision.for, false);
        throw answer.error;
      }
      await host.wait(decision.after);
    }
  };

  const renew = (record: TokenRecord): Renewal => {
    if (renewal) return renewal;
    let stumble = (): void => {};
    const stumbled = new Promise<void>((resolve) => {
      stumble = resolve;
    });
    const done = inTurn(store, host, id, () => renewInTurn(record.accessToken, stumble)).finally(() => {
      renewal = null;
    });
    // Not everybody waits for the end; whoever does not must not be told of a rejection that nobody handled.
    done.catch(() => {});
    renewal = { done, stumbled };
    return renewal;
  };

  return {
    read,

    async beforeCall(need) {
      const record = await read();
      const decision = decideBeforeCall(record, need, host.now());
      if (!record || decision === 'send') return record;
      if (decision === 'fail') throw lastError;
      const { done, stumbled } = renew(record);
      return decision === 'renew' ? done : Promise.race([done.catch(read), stumbled.then(read)]);
    },

    async afterRefusal(sent, isReplay) {
      const stored = await read();
      switch (decideAfterRefusal(sent, stored, isReplay, host.now())) {
        case 'give_up':
          return null;
        case 'replay':
          return stored;
        case 'fail':
          throw lastError;
        case 'rest':
          if (stored) await rest(stored, restOfUseless, true);
          return null;
        case 'renew': {
          const renewed = stored && (await renew(stored).done);
          return isSameSession(renewed, sent) ? renewed : null;
        }
      }
    },

    keep: async (tokens, may = () => true) => void (await change((present) => (may(present) ? newRecord(tokens, host.now()) : undefined))),

    forget: async (record) => void (await change((present) => (present === null || isSameSession(present, record) ? null : undefined))),

    inTurn: (work) => inTurn(store, host, id, work),
  };
}

const restOfUseless = 30_000;
/** More than all tabs together could get in between. */
const mostTries = 100;
