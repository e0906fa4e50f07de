import type { Browser } from './browser.ts';
import { type Person, signedInPerson } from './person.ts';

/** What one call of the load gave. `kind` is `ok`, a reason, or how the connection failed. */
export type LoadedCall = { path: string; kind: string; retryAfterSeconds: number | undefined; milliseconds: number };

/** People who keep calling: reads, writes, transactions and password hashes. */
export type CallLoad = {
  calls: LoadedCall[];
  /** By first name that was acknowledged last, for each person. */
  acknowledged: Map<Person, string>;
  stop(): Promise<void>;
};

export async function startCallLoad(url: string, count: number): Promise<CallLoad> {
  // One after the other: a busy machine sheds hashes.
  const people: Person[] = [];
  while (people.length < count) people.push(await signedInPerson(url));
  const calls: LoadedCall[] = [];
  const acknowledged = new Map<Person, string>();
  let isOn = true;
  const keepCalling = async (person: Person): Promise<void> => {
    for (let round = 1; isOn; round += 1) {
      const firstName = `Round ${round}`;
      const [written] = await Promise.all([
        timed(calls, person.browser, 'auth.updateUser', { firstName }),
        timed(calls, person.browser, 'auth.user'),
        timed(calls, person.browser, 'auth.sessions.revokeOthers', null),
      ]);
      if (written === 'ok') acknowledged.set(person, firstName);
      if (round % 4 === 0) await timed(calls, person.browser, 'auth.login', { identifier: person.email, password: person.password });
    }
  };
  const running = Promise.all(people.map(keepCalling));
  return {
    calls,
    acknowledged,
    async stop() {
      isOn = false;
      await running;
    },
  };
}

async function timed(calls: LoadedCall[], browser: Browser, path: string, input?: object | null): Promise<string> {
  const begunAt = performance.now();
  const asked = input === undefined ? browser.query(path) : browser.call(path, input ?? undefined);
  const call = await asked.then(
    ({ error }) => ({ kind: error?.reason ?? 'ok', retryAfterSeconds: error?.retryAfterSeconds }),
    (error: Error) => ({ kind: `no answer: ${error.message}`, retryAfterSeconds: undefined }),
  );
  calls.push({ path, ...call, milliseconds: performance.now() - begunAt });
  return call.kind;
}
