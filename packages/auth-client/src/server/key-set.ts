import { importJWK, type JWK } from 'jose';
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
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithin),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const { keys } = (await response.json()) as { keys: JWK[] };
  const usable = keys.filter(({ kid, kty, crv }) => kid !== undefined && kty === 'OKP' && crv === 'Ed25519').slice(0, mostKeys);
  return new Map(await Promise.all(usable.map(async (jwk) => [jwk.kid ?? '', await importJWK(jwk, 'EdDSA')] as const)));
}
