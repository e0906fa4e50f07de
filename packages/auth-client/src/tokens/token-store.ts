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
 */
export function localStorageTokenStore(options: { key?: string } = {}): TokenStore {
  const key = options.key ?? 'latchkey';
  return {
    sharedAs: `${key}.tokens`,
    read: () => storage().getItem(key),
    compareAndSet(expected, next) {
      if (storage().getItem(key) !== expected) return false;
      if (next === null) storage().removeItem(key);
      else storage().setItem(key, next);
      return true;
    },
  };
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
  return {
    read: () => inTurn(() => storage.getItem(key)),
    compareAndSet: (expected, next) =>
      inTurn(async () => {
        if ((await storage.getItem(key)) !== expected) return false;
        await (next === null ? storage.removeItem(key) : storage.setItem(key, next));
        return true;
      }),
  };
}

function storage(): Storage {
  return globalThis.localStorage;
}
