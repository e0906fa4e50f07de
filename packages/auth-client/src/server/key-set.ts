import { importJWK, type JWK } from 'jose';
import { inTime } from '../in-time.ts';
import { KeysUnavailableError } from './keys-unavailable-error.ts';

type Key = Awaited<ReturnType<typeof importJWK>>;

/** The published keys, by id. Throws a `KeysUnavailableError` when it cannot be known whether there is such a key. */
export type KeySet = { key(id: string): Promise<Key | null> };

export type KeySetOptions = { url: string; fetch: typeof globalThis.fetch; now: () => number };

const renewAfter = 5 * 60_000;
const looksWithin = 30_000;
const mostLooks = 4;
const answerWithin = 5_000;
const mostKeys = 50;
const mostLength = 64_000;
const afterFailure = 1_000;

/**
 * Keeps the keys of `/.well-known/jwks.json`. Old ones are renewed in the background; an unknown one is looked for, once in
 * 30 seconds and not often for all of them together, by one request for all who wait (R-TOK-13).
 */
export function createKeySet({ url, fetch, now }: KeySetOptions): KeySet {
  let keys = new Map<string, Key>();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | null = null;
  let looks: { id: string; at: number }[] = [];

  const load = (): Promise<void> => {
    loading ??= fetchKeys(url, fetch)
      .then((found) => {
        keys = found;
        loadedAt = now();
      })
      .catch((error: unknown) => {
        failedAt = now();
        throw new KeysUnavailableError('the keys of the auth server could not be read', { cause: error });
      })
      .finally(() => {
        loading = null;
      });
    return loading;
  };
  const mayLook = (id: string): boolean => {
    looks = looks.filter(({ at }) => now() - at < looksWithin && now() >= at);
    return looks.length < mostLooks && !looks.some((look) => look.id === id);
  };

  return {
    async key(id) {
      if (loadedAt === Number.NEGATIVE_INFINITY) {
        if (!loading && now() - failedAt < afterFailure) throw new KeysUnavailableError('the keys of the auth server could not be read');
        await load();
      } else if (now() - loadedAt >= renewAfter && now() - failedAt >= afterFailure) {
        // The keys at hand are good: the next one is published long before it signs.
        load().catch(() => {});
      }
      const known = keys.get(id);
      if (known) return known;
      if (loading) await loading;
      else if (mayLook(id)) {
        looks.push({ id, at: now() });
        await load();
      }
      return keys.get(id) ?? null;
    },
  };
}

async function fetchKeys(url: string, fetch: typeof globalThis.fetch): Promise<Map<string, Key>> {
  const text = await inTime(answerWithin, async (signal) => {
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return textOf(response);
  });
  const keys = await usableKeys(JSON.parse(text));
  // A server that signs has a key: whatever says otherwise is no reason to forget those at hand.
  if (keys.size === 0) throw new Error(`${url} lists no key that can be used`);
  return keys;
}

/** What was answered, as long as it may be the keys. */
async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > mostLength) {
      await reader?.cancel();
      throw new Error('the answer is too long for a list of keys');
    }
  }
}

/** One that cannot be read spoils none of the others. */
async function usableKeys(answer: unknown): Promise<Map<string, Key>> {
  const listed = (answer as { keys?: unknown } | null)?.keys;
  const ours = (Array.isArray(listed) ? (listed as (JWK | null)[]) : [])
    .filter((jwk): jwk is JWK & { kid: string } => typeof jwk?.kid === 'string' && jwk.kty === 'OKP' && jwk.crv === 'Ed25519')
    .slice(0, mostKeys);
  const read = await Promise.all(ours.map((jwk) => importJWK(jwk, 'EdDSA').catch(() => null)));
  return new Map(ours.flatMap(({ kid }, index) => (read[index] ? [[kid, read[index]] as const] : [])));
}
