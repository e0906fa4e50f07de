import type { Host } from '../host.ts';
import { formatRecord, parseRecord } from './token-record.ts';
import type { TokenStore } from './token-store.ts';

/** Nobody waits longer for somebody else's renewal; going ahead is safe, it only costs a request. */
const patience = 5_000;
const leaseFor = 10_000;
const lookEvery = 50;

/**
 * Runs `work` alone among all that share the store, as far as that can be had: tabs by a Web Lock, others by a note in the
 * store. A tab that hangs, or died, holds nobody up for more than five seconds.
 */
export async function inTurn<T>(store: TokenStore, host: Host, id: string, work: () => Promise<T>): Promise<T> {
  const locks = host.locks();
  return store.sharedAs !== undefined && locks ? withLock(locks, store.sharedAs, work) : withLease(store, host, id, work);
}

async function withLock<T>(locks: Locks, name: string, work: () => Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  let started = false;
  try {
    return await locks.request(name, { signal: waiting.signal }, () => {
      started = true;
      clearTimeout(timer);
      return work();
    });
  } catch (error) {
    if (started) throw error;
    return work();
  } finally {
    clearTimeout(timer);
  }
}

type Locks = NonNullable<ReturnType<Host['locks']>>;

async function withLease<T>(store: TokenStore, host: Host, id: string, work: () => Promise<T>): Promise<T> {
  await takeLease(store, host, id);
  try {
    return await work();
  } finally {
    await returnLease(store, id);
  }
}

async function takeLease(store: TokenStore, host: Host, id: string): Promise<void> {
  const from = host.now();
  for (;;) {
    const text = await store.read();
    const record = parseRecord(text);
    // Where nothing is kept there is nothing to take turns at.
    if (!record) return;
    const now = host.now();
    const left = (record.lease?.until ?? 0) - now;
    const isFree = left <= 0 || left > leaseFor || now - from >= patience || now < from;
    if (isFree && (await store.compareAndSet(text, formatRecord({ ...record, lease: { by: id, until: now + leaseFor } })))) return;
    if (!isFree) await host.wait(lookEvery);
  }
}

/** A renewal that succeeded has written a record without a lease: then there is nothing to give back. */
async function returnLease(store: TokenStore, id: string): Promise<void> {
  const text = await store.read();
  const record = parseRecord(text);
  if (record?.lease?.by !== id) return;
  const { lease: _, ...rest } = record;
  await store.compareAndSet(text, formatRecord(rest));
}
