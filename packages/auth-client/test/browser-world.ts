/** What tabs of one browser share, for tests in Node.js: a storage, and locks that behave as the Web Locks API says. */
export type BrowserWorld = { storage: Map<string, string>; leave(): void };

type Waiting = { start: () => void; signal: AbortSignal | undefined };

/** Gives the process `localStorage` and `navigator.locks` until `leave`. Channels between tabs are Node's own. */
export function enterBrowserWorld(): BrowserWorld {
  const storage = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  };
  const given: [string, unknown][] = [
    ['localStorage', localStorage],
    ['navigator', { locks: webLocks() }],
  ];
  const before = given.map(([name]) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const [name, value] of given) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return {
    storage,
    leave() {
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete (globalThis as Record<string, unknown>)[name];
      }
    },
  };
}

/** Exclusive locks by name, first come first served; a wait can be given up by its signal, a held lock cannot. */
export function webLocks() {
  const held = new Set<string>();
  const queues = new Map<string, Waiting[]>();
  const next = (name: string): void => {
    const waiting = queues.get(name)?.shift();
    if (waiting) waiting.start();
    else held.delete(name);
  };
  const acquire = (name: string, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!held.has(name)) {
        held.add(name);
        return resolve();
      }
      const waiting: Waiting = { start: resolve, signal };
      const queue = queues.get(name) ?? [];
      queues.set(name, [...queue, waiting]);
      signal?.addEventListener('abort', () => {
        const still = queues.get(name) ?? [];
        if (!still.includes(waiting)) return;
        queues.set(
          name,
          still.filter((other) => other !== waiting),
        );
        reject(signal.reason);
      });
    });
  return {
    async request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T> {
      await acquire(name, options.signal);
      try {
        return await work();
      } finally {
        next(name);
      }
    },
  };
}
