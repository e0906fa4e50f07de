import fc, { type Scheduler } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../src/tokens/token-record.ts';
import { fates, type ModelTab, type RefreshWorld, refreshWorld } from './model/refresh-world.ts';

const runs = { numRuns: 400 };

/** Everything that was begun, in an order that the scheduler picks, to its end. */
async function settled<T>(scheduler: Scheduler, work: Promise<T>[]): Promise<T[]> {
  return scheduler.waitFor(Promise.all(work));
}

/** One call, and then all that goes on although no call waits for it. */
async function called(scheduler: Scheduler, tab: ModelTab): Promise<string | undefined> {
  const [result] = await settled(scheduler, [tab.call()]);
  await scheduler.waitIdle();
  return result;
}

/** Somebody is signed in, and their token is about to end. */
async function signedIn(scheduler: Scheduler, world: RefreshWorld, age = 280): Promise<void> {
  await settled(scheduler, [world.tabs[0]?.keeper.keep(world.server.logIn('ada')) ?? Promise.reject(new Error('no tab'))]);
  world.pass(age);
}

const anyTabs = fc.record({ tabs: fc.integer({ min: 1, max: 5 }), calls: fc.integer({ min: 1, max: 6 }), hasLocks: fc.boolean() });

describe('however calls and tabs interleave', () => {
  test('with locks, one exchange serves all of them', () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), anyTabs, fc.constantFrom(245, 298, 400), async (scheduler, { tabs, calls }, age) => {
        const world = refreshWorld(scheduler, { tabs, hasLocks: true });
        await signedIn(scheduler, world, age);
        const results = await settled(
          scheduler,
          world.tabs.flatMap((tab) => Array.from({ length: calls }, () => tab.call())),
        );
        expect(new Set(results)).toEqual(new Set(['accepted']));
        expect(world.exchanges()).toBe(1);
        expect(world.usedBeforeKept).toEqual([]);
      }),
      runs,
    ));

  test('without locks there is one rotation all the same, and nobody is signed out', () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), anyTabs, async (scheduler, { tabs, calls }) => {
        const world = refreshWorld(scheduler, { tabs, hasLocks: false });
        await signedIn(scheduler, world);
        const results = await settled(
          scheduler,
          world.tabs.flatMap((tab) => Array.from({ length: calls }, () => tab.call())),
        );
        expect(new Set(results)).toEqual(new Set(['accepted']));
        expect(world.server.rotations).toBe(1);
        expect(world.record()?.lease).toBeUndefined();
        expect(world.usedBeforeKept).toEqual([]);
      }),
      runs,
    ));
});

test('answers that are lost, late, or die with their tab sign nobody out while it is tried again in time', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      anyTabs,
      fc.array(fc.constantFrom(...fates), { maxLength: 4 }),
      async (scheduler, { tabs, calls, hasLocks }, unlucky) => {
        const world = refreshWorld(scheduler, { tabs, hasLocks, fates: unlucky });
        await signedIn(scheduler, world);
        const from = world.now();
        await settled(
          scheduler,
          world.tabs.flatMap((tab) => Array.from({ length: calls }, () => tab.call())),
        );
        // What a person does next when a tab is gone: open another.
        let next = world.openTab();
        let result = await called(scheduler, next);
        while (next.isClosed()) {
          next = world.openTab();
          result = await called(scheduler, next);
        }
        fc.pre(world.now() - from <= 10_000);
        expect(result).toBe('accepted');
        expect(world.identity()).toEqual({ userId: 'ada', sessionId: 's0' });
        expect([...world.tabs, next].map((tab) => tab.signOuts)).toEqual([...world.tabs, next].map(() => 0));
        expect(world.server.furthestBehind).toBeLessThanOrEqual(1);
        expect(world.usedBeforeKept).toEqual([]);
        // Nothing was left behind that only the server knows: long after its grace, all is well.
        world.calm();
        world.pass(290);
        expect(await settled(scheduler, [world.openTab().call()])).toEqual(['accepted']);
      },
    ),
    runs,
  ));

test('a server that never answers is asked a few times, and then left alone by all tabs', () =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), anyTabs, async (scheduler, { tabs, calls }) => {
      const world = refreshWorld(scheduler, { tabs, hasLocks: true, fates: Array.from({ length: 500 }, () => 'request_lost' as const) });
      await signedIn(scheduler, world, 400);
      const results = await settled(
        scheduler,
        world.tabs.flatMap((tab) => Array.from({ length: calls }, () => tab.call())),
      );
      expect(new Set(results)).toEqual(new Set(['not_renewed']));
      const asked = world.exchanges();
      expect(asked).toBeLessThanOrEqual(7 * tabs);
      expect(world.identity()).toEqual({ userId: 'ada', sessionId: 's0' });
      await settled(
        scheduler,
        world.tabs.flatMap((tab) => Array.from({ length: calls }, () => tab.call())),
      );
      expect(world.exchanges()).toBe(asked);
    }),
    runs,
  ));

type Act = { tab: number; do: 'call' | 'log_in' | 'log_out' };
const anyActs = fc.array(fc.record({ tab: fc.nat({ max: 2 }), do: fc.constantFrom('call', 'call', 'log_in', 'log_out') }), {
  minLength: 1,
  maxLength: 12,
}) as fc.Arbitrary<Act[]>;

test('whoever logs in or out last is who is signed in: no late answer undoes it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      anyActs,
      fc.boolean(),
      fc.array(fc.constantFrom('answered', 'answer_lost', 'late'), { maxLength: 6 }),
      async (scheduler, acts, hasLocks, unlucky) => {
        const world = refreshWorld(scheduler, { tabs: 3, hasLocks, fates: unlucky as never });
        await signedIn(scheduler, world);
        const loggedOut = new Set<string>();
        await settled(
          scheduler,
          acts.map(async ({ tab: index, do: act }) => {
            const tab = world.tabs[index];
            if (!tab || act === 'call') return void (await tab?.call());
            await scheduler.schedule(Promise.resolve(), act);
            if (act === 'log_in') return tab.keeper.keep(world.server.logIn(`user of ${index}`));
            const record = await tab.keeper.read();
            const sessionId = identityOf(record)?.sessionId;
            if (sessionId === undefined) return undefined;
            loggedOut.add(sessionId);
            await scheduler.schedule(Promise.resolve(), 'answer of the log-out');
            world.server.end(sessionId);
            return tab.keeper.forget(record);
          }),
        );
        const lastLogin = world.logins.at(-1) ?? '';
        expect(world.identity()?.sessionId ?? null).toBe(loggedOut.has(lastLogin) ? null : lastLogin);
        expect(world.usedBeforeKept).toEqual([]);
      },
    ),
    runs,
  ));

test('a thief who uses a stolen token is found out, and every tab ends signed out and quiet', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('owner', 'thief'), { minLength: 2, maxLength: 12 }),
      fc.boolean(),
      async (scheduler, tabs, turns, hasLocks) => {
        const world = refreshWorld(scheduler, { tabs, hasLocks });
        await signedIn(scheduler, world);
        let stolen = world.record()?.refreshToken ?? '';
        for (const turn of [...turns, 'owner', 'thief', 'owner', 'owner']) {
          world.pass(290);
          if (turn === 'owner') {
            await settled(
              scheduler,
              world.tabs.map((tab) => tab.call()),
            );
          } else {
            const answer = world.server.exchange(stolen);
            if ('tokens' in answer) stolen = answer.tokens.refreshToken;
          }
        }
        expect(world.server.sessions.get('s0')?.endReason).toBe('refresh_reused');
        expect(world.identity()).toBeNull();
        const asked = world.exchanges();
        await settled(
          scheduler,
          world.tabs.map((tab) => tab.call()),
        );
        expect(world.exchanges()).toBe(asked);
      },
    ),
    runs,
  ));
