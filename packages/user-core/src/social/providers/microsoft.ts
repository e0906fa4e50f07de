import { flag, standardProfile } from './profile.ts';
import type { ProviderDefinition } from './provider.ts';

const host = 'https://login.microsoftonline.com';
/** The tenant that all personal accounts are in. */
const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';
const tenantId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who may log in: `common`, `organizations`, `consumers`, or one tenant by its id. */
export function isMicrosoftTenant(tenant: string): boolean {
  return ['common', 'organizations', 'consumers'].includes(tenant) || tenantId.test(tenant);
}

/**
 * https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference. Anybody can give themselves any address in
 * a tenant of their own, so the address counts as verified only with the optional claim `xms_edov`.
 */
export function microsoft(tenant = 'common'): ProviderDefinition {
  return {
    id: 'microsoft',
    name: 'Microsoft',
    protocol: 'oidc',
    issuer: `${host}/${tenant}/v2.0`,
    endpoints: {
      authorize: `${host}/${tenant}/oauth2/v2.0/authorize`,
      token: `${host}/${tenant}/oauth2/v2.0/token`,
      userinfo: null,
      jwks: `${host}/${tenant}/discovery/v2.0/keys`,
    },
    scopes: ['openid', 'email', 'profile'],
    clientAuth: 'post',
    issuerFor({ tid }) {
      if (typeof tid !== 'string' || !tenantId.test(tid)) return null;
      const isWanted = { common: true, consumers: tid === consumers, organizations: tid !== consumers }[tenant] ?? tid === tenant;
      return isWanted ? `${host}/${tid}/v2.0` : null;
    },
    readProfile(told) {
      const { xms_edov: isOwned } = told as { xms_edov?: unknown };
      return { ...standardProfile(told), isEmailVerified: flag.parse(isOwned) };
    },
  };
}
