import { afterEach, expect, test, vi } from 'vitest';
import { webLocks } from '../../test/browser-world.ts';
import type { Host } from '../host.ts';
import { inTurn } from './lock.ts';
import { formatRecord, parseRecord, type TokenRecord } from './token-record.ts';
import { memoryTokenStore, type TokenStore } from './token-store.ts';

const record: TokenRecord = { accessToken: 'access', refreshToken: 'refresh', receivedAt: 0, lifetime: 300_000 };

/** A host whose time moves only while somebody waits. */
function slowHost(locks: Host['locks'] = () => null) {
  const time = { now: 1_000_000 };
  const host: Host = {
    now: () => time.now,
    random: () => 0.5,
    locks,
    wait: async (milliseconds) => {
      time.now += milliseconds;
    },
  };
  return { host, time };
}

function storeOf(kept: TokenRecord | null): TokenStore {
  const store = memoryTokenStore();
  store.compareAndSet(null, kept && formatRecord(kept));
  return store;
}

afterEach(() => {
  vi.useRealTimers();
});

test('a turn is noted in the store, and gone from it afterwards', async () => {
  const { host, time } = slowHost();
  const store = storeOf(record);
  const seen = await inTurn(store, host, 'me', async () => parseRecord((await store.read()) ?? null)?.lease);
  expect(seen).toEqual({ by: 'me', until: time.now + 10_000 });
  expect(parseRecord((await store.read()) ?? null)).toEqual(record);
});

test('the turn of somebody who died is waited for five seconds, and no longer', async () => {
  const { host, time } = slowHost();
  const from = time.now;
  await inTurn(storeOf({ ...record, lease: { by: 'the dead', until: from + 10_000 } }), host, 'me', async () => {});
  expect(time.now - from).toBeGreaterThanOrEqual(5_000);
  expect(time.now - from).toBeLessThan(5_100);
});

test('a turn noted by a clock that was far ahead holds nobody up', async () => {
  const { host, time } = slowHost();
  const from = time.now;
  await inTurn(storeOf({ ...record, lease: { by: 'the future', until: from + 86_400_000 } }), host, 'me', async () => {});
  expect(time.now).toBe(from);
});

test('nobody takes turns where nothing is kept', async () => {
  const store = storeOf(null);
  expect(await inTurn(store, slowHost().host, 'me', async () => store.read())).toBeNull();
});

test('a failure passes through, and the turn is given back', async () => {
  const store = storeOf(record);
  await expect(inTurn(store, slowHost().host, 'me', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(parseRecord((await store.read()) ?? null)).toEqual(record);
});

test('tabs that share a store take turns by a Web Lock, one after the other', async () => {
  const locks = webLocks();
  const { host } = slowHost(() => locks);
  const store = { ...storeOf(record), sharedAs: 'shared' };
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  await Promise.all([inTurn(store, host, 'one', work('one')), inTurn(store, host, 'two', work('two'))]);
  expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});

test('a tab that hangs with the lock holds nobody up for more than five seconds', async () => {
  vi.useFakeTimers();
  const locks = webLocks();
  const { host } = slowHost(() => locks);
  const store = { ...storeOf(record), sharedAs: 'shared' };
  void inTurn(store, host, 'hung', () => new Promise(() => {}));
  let ran = false;
  const mine = inTurn(store, host, 'me', async () => {
    ran = true;
  });
  await vi.advanceTimersByTimeAsync(4_900);
  expect(ran).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await mine;
  expect(ran).toBe(true);
});
