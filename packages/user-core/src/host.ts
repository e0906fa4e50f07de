import type { Transaction } from './database.ts';

/** The time that every rule is measured by. */
export type Clock = { now(): Date };

/** Unpredictable bytes (CSPRNG). */
export type Random = { bytes(length: number): Buffer };

/** One version of the root secret. `id` names it in stored values; `secret` holds at least 32 bytes. */
export type RootSecret = { id: string; secret: string };

/** Where a call came from, as the transport saw it. `ip` is null when it is not known. */
export type Origin = { ip: string | null; userAgent: string | null; requestId: string };

/** Puts work into the job queue inside the caller's transaction: rolled back with it, run after it commits. */
export type Jobs = {
  enqueueMail(tx: Transaction, mailId: string): Promise<void>;
  enqueueEvents(tx: Transaction): Promise<void>;
};

/** Where the core reports to: the fields first, as pino takes them. */
export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/**
 * Asks a service for the breached passwords whose SHA-1 begins with five hex digits. Answers the remaining 35 of each with
 * a count, `SUFFIX:COUNT`, one a line: what `https://api.pwnedpasswords.com/range/<prefix>` says, or a copy of it.
 */
export type BreachedPasswords = (prefix: string, signal: AbortSignal) => Promise<string>;

/** All that the core needs from the process around it. */
export type Host = {
  clock: Clock;
  random: Random;
  jobs: Jobs;
  log: Log;
  /** The first signs and seals; all of them verify and open. */
  secrets: [RootSecret, ...RootSecret[]];
  /** `iss` and `aud` of access tokens. */
  issuer: string;
  /** Size of libuv's thread pool (`UV_THREADPOOL_SIZE`, 4 unless set). */
  threads: number;
  /** Asked about every password that is chosen, never at login. Left out, nothing is asked. */
  breachedPasswords?: BreachedPasswords;
};
