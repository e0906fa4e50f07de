import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8 } from 'jose';
import { insertAudit } from '../audit/audit.store.ts';
import type { Db } from '../database.ts';
import type { Clock } from '../host.ts';
import type { Policy } from '../policy.ts';
import type { DerivedKeys } from '../secret/derived-keys.ts';
import { deleteSigningKeysBefore, findSigningKeys, findSigningKeysForUpdate, insertSigningKey } from './signing-key.store.ts';
import type { SigningKeyRow } from './signing-key.table.ts';

type Key = Awaited<ReturnType<typeof importPKCS8>>;
type PublicJwk = { kty: string; crv: string; x: string; kid: string; use: 'sig'; alg: 'EdDSA' };

/** The Ed25519 keys that sign access tokens, shared by every process through the database. */
export type SigningKeys = {
  current(): Promise<{ id: string; privateKey: Key }>;
  /** The key of exactly that id, or null. An unknown id is looked up at most once in 30 seconds. */
  publicKey(id: string): Promise<Key | null>;
  /** What `/.well-known/jwks.json` serves: public parts, the next key included before it signs. */
  jwks(): Promise<{ keys: PublicJwk[] }>;
  /** Makes the first key, the next one when it is due, and drops those whose tokens have all expired. Answers whether it made one. */
  rotate(): Promise<boolean>;
};

const reloadMilliseconds = 30_000;

export function createSigningKeys(db: Db, keys: DerivedKeys, clock: Clock, policy: Policy['signingKey']): SigningKeys {
  let loaded: SigningKeyRow[] = [];
  let loadedAt = Number.NEGATIVE_INFINITY;
  const imported = new Map<string, Promise<Key>>();

  const load = async (maxAge: number): Promise<SigningKeyRow[]> => {
    const now = clock.now().getTime();
    if (now - loadedAt > maxAge || loaded.length === 0) {
      loadedAt = now;
      loaded = await findSigningKeys(db);
    }
    return loaded;
  };
  /** Never waits for the database once keys are known: it may be called with every connection in use. The next key is published long before it signs. */
  const known = async (): Promise<SigningKeyRow[]> => {
    const reload = load(reloadMilliseconds);
    if (loaded.length === 0) return reload;
    reload.catch(() => {
      // The keys at hand are good; the next call tries again.
      loadedAt = Number.NEGATIVE_INFINITY;
    });
    return loaded;
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
    async current() {
      const rows = await known();
      const now = clock.now();
      const row = rows.findLast((candidate) => candidate.signsFromAt <= now) ?? rows[0];
      if (!row) throw new Error('there is no signing key: rotate() makes the first one at start');
      return { id: row.id, privateKey: await importPrivate(row) };
    },
    async publicKey(id) {
      const rows = await load(5 * 60_000);
      const row = rows.find((key) => key.id === id) ?? (await load(reloadMilliseconds)).find((key) => key.id === id);
      return row ? importPublic(row) : null;
    },
    async jwks() {
      const rows = await load(reloadMilliseconds);
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

async function newSigningKey(keys: DerivedKeys, createdAt: Date, signsFromAt: Date): Promise<SigningKeyRow> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x } = await exportJWK(pair.publicKey);
  if (!kty || !crv || !x) throw new Error('an Ed25519 key has these parts');
  const publicJwk = { kty, crv, x };
  const id = await calculateJwkThumbprint(publicJwk);
  return { id, publicJwk, sealedPrivateKey: keys.seal('signing-key', await exportPKCS8(pair.privateKey), id), createdAt, signsFromAt };
}
