/** What a client needs of the world around it: time, chance and, where there are tabs, the lock that they share. */
export type Host = {
  /** Milliseconds since 1970 by the device's clock, which may be wrong. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** From 0 to 1. Only spreads out retries; nothing secret is made of it. */
  random(): number;
  /** Looked up at every use: null where there are no Web Locks. */
  locks(): Locks | null;
};

/** The part of the Web Locks API that is used. */
export type Locks = { request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T> };

export const platform: Host = {
  now: () => Date.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
  locks: () => (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks ?? null,
};
