import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8 } from 'jose';
import { insertAudit } from '../audit/audit.store.ts';
import { withoutDeadline } from '../database/deadline.ts';
import type { Db, Transaction } from '../database.ts';
import type { Clock } from '../host.ts';
import type { Policy } from '../policy.ts';
import type { DerivedKeys } from '../secret/derived-keys.ts';
import {
  deleteSigningKeysBefore,
  findSigningKeys,
  findSigningKeysForUpdate,
  insertSigningKey,
  updateSigningKeySeal,
} from './signing-key.store.ts';
import type { SigningKeyRow } from './signing-key.table.ts';

type Key = Awaited<ReturnType<typeof importPKCS8>>;
type PublicJwk = { kty: string; crv: string; x: string; kid: string; use: 'sig'; alg: 'EdDSA' };

/** The Ed25519 keys that sign access tokens, shared by every process through the database. */
export type SigningKeys = {
  /** The key that signs now. A caller inside a transaction gives that: there may be no other connection left. */
  current(from: Db | Transaction): Promise<{ id: string; privateKey: Key }>;
  /** The key of exactly that id, or null. An unknown id is looked up at most once in 30 seconds. */
  publicKey(id: string): Promise<Key | null>;
  /** What `/.well-known/jwks.json` serves: public parts, the next key included before it signs. */
  jwks(): Promise<{ keys: PublicJwk[] }>;
  /**
   * Makes the first key, the next one when it is due, and drops those whose tokens have all expired. Private parts move
   * under the current root secret, so that an older one can be given up. Answers whether it made a key.
   */
  rotate(): Promise<boolean>;
};

const reloadMilliseconds = 30_000;
const verifyingMaxAgeMilliseconds = 5 * 60_000;

export function createSigningKeys(db: Db, keys: DerivedKeys, clock: Clock, policy: Policy['signingKey']): SigningKeys {
  let loaded: SigningKeyRow[] = [];
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<SigningKeyRow[]> | null = null;
  const imported = new Map<string, Promise<Key>>();

  const read = async (from: Db | Transaction): Promise<SigningKeyRow[]> => {
    const startedAt = clock.now().getTime();
    loaded = await findSigningKeys(from);
    loadedAt = startedAt;
    return loaded;
  };
  const isOlder = (maxAge: number) => clock.now().getTime() - loadedAt > maxAge;
  /** Whoever needs fresher keys while they are being read waits for that one reading: stale ones would refuse good tokens. */
  const load = async (maxAge: number): Promise<SigningKeyRow[]> => {
    if (!isOlder(maxAge)) return loaded;
    loading ??= withoutDeadline(() => read(db)).finally(() => {
      loading = null;
    });
    return loading;
  };
  const once = (name: string, make: () => Promise<Key>): Promise<Key> => {
    const made = imported.get(name) ?? make();
    imported.set(name, made);
    return made;
  };
  const importPrivate = (row: SigningKeyRow) =>
    once(`private ${row.id}`, () => {
      const pem = keys.open('signing-key', row.sealedPrivateKey, row.id);
      if (pem === null) throw new Error(`signing key ${row.id} was sealed with a root secret that is not configured`);
      return importPKCS8(pem, 'EdDSA');
    });
  const importPublic = (row: SigningKeyRow) => once(`public ${row.id}`, async () => (await importJWK(row.publicJwk, 'EdDSA')) as Key);

  return {
    async current(from) {
      // Not together with others: who holds a connection must not wait for somebody who waits for one.
      const rows = isOlder(reloadMilliseconds) ? await read(from) : loaded;
      const now = clock.now();
      const row = rows.findLast((candidate) => candidate.signsFromAt <= now) ?? rows[0];
      if (!row) throw new Error('there is no signing key: rotate() makes the first one at start');
      return { id: row.id, privateKey: await importPrivate(row) };
    },
    async publicKey(id) {
      const rows = await load(verifyingMaxAgeMilliseconds);
      const row = rows.find((key) => key.id === id) ?? (await load(reloadMilliseconds)).find((key) => key.id === id);
      return row ? importPublic(row) : null;
    },
    async jwks() {
      // The keys at hand are good for a day and more: verifiers get them while the database is away.
      const rows = await load(reloadMilliseconds).catch((error) => {
        if (loaded.length === 0) throw error;
        return loaded;
      });
      return { keys: rows.map((row) => ({ ...row.publicJwk, kid: row.id, use: 'sig', alg: 'EdDSA' })) };
    },
    async rotate() {
      const made = await db.transaction(async (tx) => {
        const rows = await findSigningKeysForUpdate(tx);
        const now = clock.now();
        const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
        const current = rows.findLast((row) => row.signsFromAt <= now);
        const retired = rows.findLast((row) => row.signsFromAt <= before(policy.retireAfterSeconds));
        if (retired) await deleteSigningKeysBefore(tx, retired.signsFromAt);
        await resealAll(tx, keys, rows);
        const isDue =
          !current || (rows.at(-1) === current && current.signsFromAt <= before(policy.rotateEverySeconds - policy.publishAheadSeconds));
        if (!isDue) return false;
        const signsFromAt = current ? new Date(now.getTime() + policy.publishAheadSeconds * 1000) : now;
        await insertSigningKey(tx, await newSigningKey(keys, now, signsFromAt));
        await insertAudit(tx, clock, null, { event: 'key_rotate' });
        return true;
      });
      loadedAt = Number.NEGATIVE_INFINITY;
      return made;
    },
  };
}

async function resealAll(tx: Transaction, keys: DerivedKeys, rows: SigningKeyRow[]): Promise<void> {
  for (const row of rows) {
    const resealed = keys.reseal('signing-key', row.sealedPrivateKey, row.id);
    if (resealed !== null) await updateSigningKeySeal(tx, row.id, resealed);
  }
}

async function newSigningKey(keys: DerivedKeys, createdAt: Date, signsFromAt: Date): Promise<SigningKeyRow> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x } = await exportJWK(pair.publicKey);
  if (!kty || !crv || !x) throw new Error('an Ed25519 key has these parts');
  const publicJwk = { kty, crv, x };
  const id = await calculateJwkThumbprint(publicJwk);
  return { id, publicJwk, sealedPrivateKey: keys.seal('signing-key', await exportPKCS8(pair.privateKey), id), createdAt, signsFromAt };
}
