import { readServiceClaims, signServiceToken } from '../access-token/access-token.ts';
import { insertAudit, tryInsertAudit } from '../audit/audit.store.ts';
import type { Origin } from '../host.ts';
import { Refusal } from '../refusal.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { claimServiceKeyUse, findLivingServiceAccount } from './service-account.store.ts';
import type { ServiceScope } from './service-account.table.ts';

/** Another server, as its access token and our present records say. */
export type ServiceCaller = { id: string; name: string; scopes: ServiceScope[] };

/**
 * Exchanges a service key for a short access token (RFC 6749 §4.4 in spirit). Refusals: `invalid_credentials` (unknown,
 * replaced and revoked alike), `too_many_attempts`.
 */
export async function exchangeServiceKey(
  core: UserCore,
  input: { serviceKey: string },
  origin: Origin,
): Promise<{ accessToken: string; expiresAt: Date; scopes: ServiceScope[] }> {
  const hash = secretTokenHash('service_key', input.serviceKey);
  await core.limits.charge('serviceToken', { ip: origin.ip, account: hash?.toString('base64url') ?? null });
  const account = hash && (await claimServiceKeyUse(core.db, hash, core.host.clock.now()));
  if (!account) {
    await tryInsertAudit(core.db, core.host, origin, { event: 'service_token_fail', reason: 'invalid_credentials' });
    throw new Refusal('invalid_credentials');
  }
  await insertAudit(core.db, core.host.clock, origin, { event: 'service_token_created', serviceAccountId: account.id });
  return { ...(await signServiceToken(core, account)), scopes: account.scopes };
}

/**
 * The service account that calls, when it may do what `scope` names. What it may do is looked up at every call, so that a
 * revoked account or a withdrawn scope is over at once. Refusals: `not_authenticated`, `too_many_attempts`.
 */
export async function requireService(core: UserCore, bearer: string | null, scope: ServiceScope, origin: Origin): Promise<ServiceCaller> {
  const claims = bearer === null ? null : await readServiceClaims(core, bearer);
  const account = claims && (await findLivingServiceAccount(core.db, claims.serviceAccountId));
  if (!account) throw new Refusal('not_authenticated');
  await core.limits.charge('service', { ip: origin.ip, account: account.id });
  if (!account.scopes.includes(scope)) {
    await tryInsertAudit(core.db, core.host, origin, { event: 'authz_fail', reason: scope, serviceAccountId: account.id });
    throw new Refusal('not_authenticated');
  }
  return { id: account.id, name: account.name, scopes: account.scopes };
}
