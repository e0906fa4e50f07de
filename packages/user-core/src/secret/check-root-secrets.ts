import type { Database } from '../database.ts';
import type { Clock } from '../host.ts';
import type { DerivedKeys } from './derived-keys.ts';
import { deleteRootSecret, findNeedsOf, findRootSecretsForUpdate, insertSigningRootSecret } from './root-secret.store.ts';

/** The configured root secrets do not fit the database. The message is for the operator and holds no secret. */
export class WrongRootSecretError extends Error {
  override readonly name = 'WrongRootSecretError';
}

/**
 * Refuses to go on with a secret that cannot read what is stored: every known id must have the fingerprint it had, and
 * the secret that signed last, or that anything stored still needs, must be configured. Remembers the current one
 * otherwise, and forgets those that nothing needs any more.
 */
export async function checkRootSecrets(database: Database, keys: DerivedKeys, clock: Clock): Promise<void> {
  await database.db.transaction(async (tx) => {
    const known = await findRootSecretsForUpdate(tx);
    for (const row of known) {
      const expected = fingerprint(keys, row.id);
      if (expected && !expected.equals(row.fingerprint)) {
        throw new WrongRootSecretError(`SECRET ${row.id} is not the one this database was made with; put the right one back`);
      }
      if (!expected && row.signing) {
        throw new WrongRootSecretError(
          `SECRET ${row.id} is missing, and this database needs it; to rotate, put the new one before it: new:…,${row.id}:…`,
        );
      }
      if (expected) continue;
      const needs = await findNeedsOf(tx, row.id, clock.now());
      if (needs.length > 0) {
        throw new WrongRootSecretError(
          `SECRET ${row.id} is missing, and still needed for ${needs.join(', ')}; put it back behind the new one. To give these up, ` +
            `delete its row from latchkey.root_secret`,
        );
      }
      await deleteRootSecret(tx, row.id);
    }
    const current = fingerprint(keys, keys.currentId);
    if (current) await insertSigningRootSecret(tx, keys.currentId, current, clock.now());
  });
}

function fingerprint(keys: DerivedKeys, id: string): Buffer | null {
  return keys.key('fingerprint', id)?.subarray(0, 16) ?? null;
}
