import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { connectOnce } from './connect-once.ts';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';
import { type Scope, type Send, transact } from './transact.ts';

export type ConnectionOptions = {
  /** Session settings, given while connecting. */
  settings: Record<string, string | number>;
  /** False where statements of one client may meet different servers. */
  prepare: boolean;
  /** What begins a transaction; it may set limits that end with it. */
  begin: string;
  /** A server that owes an answer for longer is given up, and the connection with it. */
  answerWithinMilliseconds: number;
};

/** One connection, for one task at a time. It is never made again: a pool opens another one. */
export type Connection = {
  send: Send;
  /** Connects, unless it has: only then is a statement sent when it is given. */
  ready(): Promise<void>;
  transact<T>(work: (scope: Scope) => Promise<T>): Promise<T>;
  /** False once it was lost or given up. */
  isUsable(): boolean;
  close(): Promise<void>;
};

/**
 * Transactions and reconnecting are ours and not the driver's (postgres 3.4.9). That one rolls back on a connection that is
 * gone, with an error nobody can catch, and reconnects with what it had not sent before, which hangs.
 */
export function openConnection(url: string, options: ConnectionOptions): Connection {
  let isUsable = true;
  let abandon: ((error: Error) => void) | null = null;
  const lose = (error: Error): void => {
    isUsable = false;
    abandon?.(error);
  };
  const wire = connectOnce(lose);
  const client = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 4,
    prepare: options.prepare,
    // Drizzle reads arrays itself. The driver would ask for their types while connecting, and not catch it when that fails.
    fetch_types: false,
    connection: { application_name: 'latchkey', ...options.settings },
    onnotice: () => {},
    onclose: () => lose(new DatabaseUnavailableError('CONNECTION_LOST')),
    // The driver's types leave this option out.
    ...({ socket: wire.connect } as object),
  });
  // Drizzle reads and writes times and JSON itself, and tells the client so.
  drizzle(client);

  const send: Send = async (text, params = [], how = {}, isRaw = false) => {
    if (!isUsable) throw new DatabaseUnavailableError('CONNECTION_LOST');
    const query = client.unsafe(text, params as never, how);
    const timer = setTimeout(wire.cut, options.answerWithinMilliseconds);
    try {
      // The driver forgets a statement that it was given while the connection went.
      return await new Promise((resolve, reject) => {
        abandon = reject;
        (isRaw ? query.values() : query).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      abandon = null;
    }
  };

  let connected: Promise<unknown> | null = null;
  return {
    send,
    async ready() {
      connected ??= send('select 1');
      await connected;
    },
    async transact(work) {
      await send(options.begin);
      return transact({ send, driverOptions: client.options, isUsable: () => isUsable, cut: wire.cut }, work);
    },
    isUsable: () => isUsable,
    close: () => client.end({ timeout: 5 }),
  };
}
