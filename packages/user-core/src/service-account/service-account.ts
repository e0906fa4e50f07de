import { insertAudit } from '../audit/audit.store.ts';
import { type Transaction, violatedConstraint } from '../database.ts';
import { newId } from '../new-id.ts';
import { Refusal } from '../refusal.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import {
  findServiceAccountForUpdate,
  findServiceAccounts,
  insertServiceAccount,
  insertServiceKey,
  updateServiceAccountRevoked,
  updateServiceKeysExpiry,
} from './service-account.store.ts';
import { type ServiceAccountRow, type ServiceScope, serviceScopes } from './service-account.table.ts';

/** A service account as its operator may see it: never a key. */
export type ServiceAccount = {
  id: string;
  name: string;
  scopes: ServiceScope[];
  createdAt: Date;
  revokedAt: Date | null;
  keys: { id: string; createdAt: Date; expiresAt: Date | null; lastUsedAt: Date | null }[];
};

const nameRule = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Makes an account for another server and answers its key, which is shown this once and kept only as a hash. For
 * operators: there is no procedure for it. Refusals: `invalid_input` (name, scopes, or the name is taken).
 */
export async function createServiceAccount(core: UserCore, input: { name: string; scopes: ServiceScope[] }): Promise<{ key: string }> {
  if (!nameRule.test(input.name)) throw refused('name', 'Use 1 to 63 lower-case letters, digits and hyphens for the name.');
  if (input.scopes.length === 0 || !input.scopes.every((scope) => serviceScopes.includes(scope)))
    throw refused('scopes', `Give at least one of ${serviceScopes.join(', ')}.`);
  try {
    return await core.db.transaction(async (tx) => {
      const account = { id: newId(core.host), name: input.name, scopes: [...new Set(input.scopes)], createdAt: core.host.clock.now() };
      await insertServiceAccount(tx, account);
      await insertAudit(tx, core.host.clock, null, { event: 'service_account_create', serviceAccountId: account.id });
      return { key: await issueKey(core, tx, account.id) };
    });
  } catch (error) {
    if (violatedConstraint(error) === 'service_account_name_unique') throw refused('name', 'There is, or was, an account of that name.');
    throw error;
  }
}

/** Every service account, by name, those that were revoked included. */
export async function listServiceAccounts(core: UserCore): Promise<ServiceAccount[]> {
  const accounts = new Map<string, ServiceAccount>();
  for (const { account, key } of await findServiceAccounts(core.db)) {
    const shown = accounts.get(account.id) ?? { ...account, keys: [] };
    if (key) shown.keys.push({ id: key.id, createdAt: key.createdAt, expiresAt: key.expiresAt, lastUsedAt: key.lastUsedAt });
    accounts.set(account.id, shown);
  }
  return [...accounts.values()];
}

/** Answers a new key; the present ones stay good for `overlapSeconds` more. Refusals: `not_found`, `invalid_input`. */
export async function rotateServiceKey(core: UserCore, input: { name: string; overlapSeconds: number }): Promise<{ key: string }> {
  if (!(input.overlapSeconds >= 0 && input.overlapSeconds <= 90 * 24 * 60 * 60))
    throw refused('overlapSeconds', 'The old key may stay good for 90 days at most.');
  return core.db.transaction(async (tx) => {
    const account = await lock(tx, input.name);
    const expiresAt = new Date(core.host.clock.now().getTime() + input.overlapSeconds * 1000);
    await updateServiceKeysExpiry(tx, account.id, expiresAt);
    await insertAudit(tx, core.host.clock, null, { event: 'service_key_rotate', serviceAccountId: account.id });
    return { key: await issueKey(core, tx, account.id) };
  });
}

/** Ends the account at once: its keys, and the access tokens made from them. Refusals: `not_found`. */
export async function revokeServiceAccount(core: UserCore, input: { name: string }): Promise<void> {
  await core.db.transaction(async (tx) => {
    const account = await lock(tx, input.name);
    await updateServiceAccountRevoked(tx, account.id, core.host.clock.now());
    await insertAudit(tx, core.host.clock, null, { event: 'service_account_revoke', serviceAccountId: account.id });
  });
}

async function issueKey(core: UserCore, tx: Transaction, serviceAccountId: string): Promise<string> {
  const { token, hash } = mintSecretToken('service_key', core.host.random);
  await insertServiceKey(tx, { id: newId(core.host), serviceAccountId, keyHash: hash, createdAt: core.host.clock.now() });
  return token;
}

async function lock(tx: Transaction, name: string): Promise<ServiceAccountRow> {
  const account = await findServiceAccountForUpdate(tx, name);
  if (!account) throw new Refusal('not_found');
  return account;
}

function refused(path: string, message: string): Refusal {
  return new Refusal('invalid_input', { fields: [{ path, code: `invalid_${path}`, message }] });
}
