/**
 * Where a client in token mode keeps its tokens between calls: one text, written as a whole. The text is a secret. Anything
 * can be a store that can compare and set; `secureTokenStore` makes one of a phone's secure storage.
 */
export type TokenStore = {
  /** The text that is kept, or null. */
  read(): Promise<string | null> | string | null;
  /** Keeps `next`, or nothing when that is null, if `expected` is what is kept. Answers whether it was; if not, nothing changes. */
  compareAndSet(expected: string | null, next: string | null): Promise<boolean> | boolean;
  /**
   * A name that all tabs have for the store, where they share it: they take turns by a Web Lock of that name and tell each
   * other who is signed in. Without it, or without Web Locks, turns are noted in the store itself.
   */
  sharedAs?: string;
};

/** Keeps tokens as long as the page or process lives, and shows them to nobody else. The default. */
export function memoryTokenStore(): TokenStore {
  let kept: string | null = null;
  return {
    read: () => kept,
    compareAndSet(expected, next) {
      if (kept !== expected) return false;
      kept = next;
      return true;
    },
  };
}

/**
 * Keeps tokens in `localStorage`: they survive a reload and are shared by all tabs. **Any script that runs in the page can
 * read them**, so one cross-site script takes the session along (R-TOK-12). In a browser prefer `credentials: 'cookie'`,
 * which no script can read; this is for pages that cannot use the server's cookie, such as a packaged app's.
 *
 * Where there is no such storage, or it is switched off or full, tokens live as long as the page.
 */
export function localStorageTokenStore(options: { key?: string } = {}): TokenStore {
  const key = options.key ?? 'latchkey';
  let inMemory: string | null = null;
  const read = (): string | null => orNull(() => globalThis.localStorage.getItem(key)) ?? inMemory;
  return {
    sharedAs: `${key}.tokens`,
    read,
    compareAndSet(expected, next) {
      if (read() !== expected) return false;
      inMemory = null;
      try {
        if (next === null) globalThis.localStorage.removeItem(key);
        else globalThis.localStorage.setItem(key, next);
      } catch {
        // What is there is out of date by now: to exchange it once more would look like a theft.
        orNull(() => globalThis.localStorage.removeItem(key));
        inMemory = next;
      }
      return true;
    },
  };
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** The storage of a phone (Keychain, Keystore) as its libraries offer it: texts by name. */
export type SecureStorage = {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
};

/**
 * Keeps tokens in a phone's secure storage. Make one store per app and share it between clients: what makes its writes
 * safe is that they pass through here one by one.
 */
export function secureTokenStore(storage: SecureStorage, options: { key?: string } = {}): TokenStore {
  const key = options.key ?? 'latchkey';
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn;
    return turn;
  };
  // Some answer `undefined` for what is not there.
  const get = async (): Promise<string | null> => (await storage.getItem(key)) ?? null;
  return {
    read: () => inTurn(get),
    compareAndSet: (expected, next) =>
      inTurn(async () => {
        if ((await get()) !== expected) return false;
        await (next === null ? storage.removeItem(key) : storage.setItem(key, next));
        return true;
      }),
  };
}
