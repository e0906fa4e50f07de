import { afterEach, describe, expect, test } from 'vitest';
import { type BrowserWorld, enterBrowserWorld } from '../../test/browser-world.ts';
import { localStorageTokenStore, memoryTokenStore, type SecureStorage, secureTokenStore, type TokenStore } from './token-store.ts';

let world: BrowserWorld | null = null;
afterEach(() => {
  world?.leave();
  world = null;
});

/** A phone's storage: slow, and with nothing but get, set and remove. */
function keychain(): SecureStorage & { items: Map<string, string> } {
  const items = new Map<string, string>();
  const slowly = () => new Promise((resolve) => setImmediate(resolve));
  return {
    items,
    async getItem(key) {
      await slowly();
      return items.get(key) ?? null;
    },
    async setItem(key, value) {
      await slowly();
      items.set(key, value);
    },
    async removeItem(key) {
      await slowly();
      items.delete(key);
    },
  };
}

const stores: [string, () => TokenStore][] = [
  ['memory', () => memoryTokenStore()],
  [
    'localStorage',
    () => {
      world = enterBrowserWorld();
      return localStorageTokenStore();
    },
  ],
  ['secure storage', () => secureTokenStore(keychain())],
];

describe.each(stores)('%s', (_, make) => {
  test('keeps a text, replaces it only when it is what was expected, and forgets it', async () => {
    const store = make();
    expect(await store.read()).toBeNull();
    expect(await store.compareAndSet('something', 'a')).toBe(false);
    expect(await store.compareAndSet(null, 'a')).toBe(true);
    expect(await store.compareAndSet(null, 'b')).toBe(false);
    expect(await store.read()).toBe('a');
    expect(await store.compareAndSet('a', 'b')).toBe(true);
    expect(await store.compareAndSet('b', null)).toBe(true);
    expect(await store.read()).toBeNull();
  });

  test('lets one of many writers win', async () => {
    const store = make();
    const won = await Promise.all(Array.from({ length: 10 }, (_, index) => store.compareAndSet(null, String(index))));
    expect(won.filter((each) => each)).toHaveLength(1);
    expect(await store.read()).toBe(String(won.indexOf(true)));
  });
});

test('localStorage keeps its text under a key of its own', () => {
  world = enterBrowserWorld();
  localStorageTokenStore({ key: 'my-app' }).compareAndSet(null, 'text');
  expect([...world.storage]).toEqual([['my-app', 'text']]);
  expect(localStorageTokenStore({ key: 'my-app' }).sharedAs).not.toBe(localStorageTokenStore().sharedAs);
});

test('a memory is shared with nobody', () => {
  const [one, other] = [memoryTokenStore(), memoryTokenStore()];
  one.compareAndSet(null, 'text');
  expect(other.read()).toBeNull();
  expect(one.sharedAs).toBeUndefined();
});

test('a secure storage that fails once works again afterwards', async () => {
  const storage = keychain();
  const working = storage.setItem;
  storage.setItem = () => Promise.reject(new Error('locked'));
  const store = secureTokenStore(storage);
  await expect(store.compareAndSet(null, 'text')).rejects.toThrow('locked');
  storage.setItem = working;
  expect(await store.compareAndSet(null, 'text')).toBe(true);
});

test('a secure storage that answers undefined for what is not there is empty', async () => {
  const storage = keychain();
  const store = secureTokenStore({ ...storage, getItem: async (key) => storage.items.get(key) as string });
  expect(await store.read()).toBeNull();
  expect(await store.compareAndSet(null, 'text')).toBe(true);
});
