import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { connectOnce } from './connect-once.ts';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';

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

/** Runs one statement. Answers rows as objects, or as arrays of values when `values` is called at once. */
export type Run = (text: string, params?: unknown[], options?: object) => Promise<unknown> & { values(): Promise<unknown> };
export type Transact = <T>(work: (scope: Scope) => Promise<T>) => Promise<T>;

/** What Drizzle asks of a client inside a transaction. A transaction in a transaction is a savepoint. */
export type Scope = { options: postgres.Sql['options']; unsafe: Run; savepoint: Transact; begin: Transact };

/** One connection, for one task at a time. It is never made again: a pool opens another one. */
export type Connection = {
  run(text: string, params: unknown[] | undefined, options: object | undefined, isRaw: boolean): Promise<unknown>;
  transact: Transact;
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

  const send = async (text: string, params: unknown[] = [], how: object = {}, isRaw = false): Promise<{ command?: string }> => {
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

  const transact: Transact = async (work) => {
    await send(options.begin);
    let isOver = false;
    let failure: unknown = null;
    let last: Promise<unknown> = Promise.resolve();
    // One after the other: the driver would send what waits in its queue on a new connection, outside of the transaction.
    const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
      const turn = last.then(task);
      last = turn.catch((error: unknown) => {
        failure ??= error;
      });
      return turn;
    };
    const command = (text: string) => inTurn(() => send(text));
    const unsafe = lazily((text, params, how, isRaw) => {
      if (isOver) throw new Error('a transaction was used after its end');
      return inTurn(() => send(text, params, how, isRaw));
    });
    let savepoints = 0;
    const savepoint: Transact = async (inner) => {
      savepoints += 1;
      const name = `latchkey_${savepoints}`;
      await command(`savepoint ${name}`);
      try {
        const result = await inner(scope);
        await command(`release savepoint ${name}`);
        return result;
      } catch (error) {
        await command(`rollback to savepoint ${name}`);
        throw error;
      }
    };
    const scope: Scope = { options: client.options, unsafe, savepoint, begin: savepoint };
    try {
      const result = await work(scope);
      isOver = true;
      // A transaction in which a statement failed ends by a rollback, whatever became of the error.
      if ((await command('commit')).command !== 'COMMIT') throw failure;
      return result;
    } catch (error) {
      isOver = true;
      if (isUsable) await command('rollback').catch(wire.cut);
      throw error;
    }
  };

  return { run: send, transact, isUsable: () => isUsable, close: () => client.end({ timeout: 5 }) };
}

/** Drizzle asks for raw rows right after it has asked for the statement: by the time it is sent, both are known. */
export function lazily(run: Connection['run']): Run {
  return (text, params, options) => {
    let isRaw = false;
    const result = Promise.resolve().then(() => run(text, params, options, isRaw));
    const values = () => {
      isRaw = true;
      return result;
    };
    return Object.assign(result, { values });
  };
}
