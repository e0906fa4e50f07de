import type postgres from 'postgres';
import { refuseWhenLate } from './deadline.ts';

/** Sends one statement. Answers rows as objects, or as arrays of values when `isRaw`. */
export type Send = (text: string, params?: unknown[], how?: object, isRaw?: boolean) => Promise<{ command?: string }>;

/** The same as Drizzle asks for it: `values` is called at once, or not at all. */
export type Statement = (text: string, params?: unknown[], how?: object) => Promise<unknown> & { values(): Promise<unknown> };

type Nested = <T>(work: (scope: Scope) => Promise<T>) => Promise<T>;

/** What Drizzle asks of a client inside a transaction. A transaction in a transaction is a savepoint. */
export type Scope = { options: postgres.Sql['options']; send: Send; unsafe: Statement; savepoint: Nested; begin: Nested };

type Begun = { send: Send; driverOptions: postgres.Sql['options']; isUsable(): boolean; cut(): void };

/** Does `work` in the transaction that has begun on a connection, and commits it; rolls back when it throws. */
export async function transact<T>({ send, driverOptions, isUsable, cut }: Begun, work: (scope: Scope) => Promise<T>): Promise<T> {
  let isOver = false;
  let failure: unknown = null;
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: the driver would send what waits in its queue on a new connection, outside of the transaction.
  const inTurn: Send = (...statement) => {
    const turn = last.then(() => send(...statement));
    last = turn.catch((error: unknown) => {
      failure ??= error;
    });
    return turn;
  };
  const sendInside: Send = async (...statement) => {
    if (isOver) throw new Error('a transaction was used after its end');
    refuseWhenLate();
    return inTurn(...statement);
  };
  let savepoints = 0;
  const savepoint: Nested = async (inner) => {
    savepoints += 1;
    const name = `latchkey_${savepoints}`;
    await inTurn(`savepoint ${name}`);
    try {
      const result = await inner(scope);
      await inTurn(`release savepoint ${name}`);
      return result;
    } catch (error) {
      await inTurn(`rollback to savepoint ${name}`);
      throw error;
    }
  };
  const scope: Scope = { options: driverOptions, send: sendInside, unsafe: lazily(sendInside), savepoint, begin: savepoint };
  try {
    const result = await work(scope);
    isOver = true;
    refuseWhenLate();
    // A transaction in which a statement failed ends by a rollback, whatever became of the error.
    if ((await inTurn('commit')).command !== 'COMMIT') throw failure ?? new Error('the transaction was rolled back from within');
    return result;
  } catch (error) {
    isOver = true;
    if (isUsable()) await inTurn('rollback').catch(cut);
    throw error;
  }
}

/** Drizzle asks for raw rows right after it has asked for the statement: by the time it is sent, both are known. */
export function lazily(send: Send): Statement {
  return (text, params, how) => {
    let isRaw = false;
    const result = Promise.resolve().then(() => send(text, params, how, isRaw));
    const values = () => {
      isRaw = true;
      return result;
    };
    return Object.assign(result, { values });
  };
}
