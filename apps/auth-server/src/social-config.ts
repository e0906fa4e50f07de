import { createPrivateKey } from 'node:crypto';
import { type ClientSecret, isMicrosoftTenant, knownProviders, type ProviderSettings } from '@latchkey/user-core';

type Environment = Record<string, string | undefined>;

export type SocialConfig = { providers: ProviderSettings[]; problems: string[] };

const overrides = {
  AUTHORIZE_URL: 'authorize',
  TOKEN_URL: 'token',
  USERINFO_URL: 'userinfo',
  JWKS_URL: 'jwks',
  ISSUER: 'issuer',
} as const;

const appleKey = ['TEAM_ID', 'KEY_ID', 'PRIVATE_KEY'];
const issuerId = /^[a-z][a-z0-9-]{0,31}$/;

/** Which providers the environment switches on, and everything that is wrong with what it says of them. */
export function readSocialConfig(given: Environment, isProduction: boolean): SocialConfig {
  const problems: string[] = [];
  const lists = {
    issuers: listOf(given, 'OIDC_PROVIDERS'),
    trusted: listOf(given, 'SOCIAL_LINK_TRUSTED'),
    kept: listOf(given, 'SOCIAL_KEEP_TOKENS'),
  };
  const found = [
    ...knownProviders.flatMap(({ id }) => readKnown(id, given, isProduction, problems)),
    ...lists.issuers.flatMap((id) => readIssuer(id, given, isProduction, problems)),
  ];
  const ids = found.map(({ id }) => id);
  if (new Set(lists.issuers).size !== lists.issuers.length) problems.push('OIDC_PROVIDERS names a provider twice');
  for (const [name, list] of [['SOCIAL_LINK_TRUSTED', lists.trusted] as const, ['SOCIAL_KEEP_TOKENS', lists.kept] as const]) {
    if (!list.every((id) => ids.includes(id))) problems.push(`${name} may only name providers that are configured`);
  }
  const providers = found.map((each) => ({ ...each, mayLink: lists.trusted.includes(each.id), keepsTokens: lists.kept.includes(each.id) }));
  return { providers, problems };
}

function readKnown(id: string, given: Environment, isProduction: boolean, problems: string[]): ProviderSettings[] {
  const prefix = id.toUpperCase();
  const own = ['CLIENT_ID', 'CLIENT_SECRET', 'NATIVE_CLIENT_IDS', ...Object.keys(overrides)];
  const extra = { apple: appleKey, microsoft: ['TENANT'] }[id] ?? [];
  if (![...own, ...extra].some((name) => given[`${prefix}_${name}`] !== undefined)) return [];

  const replaced = readOverrides(prefix, overrides, given, isProduction, problems);
  const tenant = id === 'microsoft' ? given['MICROSOFT_TENANT'] : undefined;
  if (tenant !== undefined && !isMicrosoftTenant(tenant)) {
    problems.push('MICROSOFT_TENANT must be common, organizations, consumers or the id of a tenant');
  }
  const clientId = required(given, `${prefix}_CLIENT_ID`, problems);
  const clientSecret = id === 'apple' ? readAppleSecret(given, problems) : required(given, `${prefix}_CLIENT_SECRET`, problems);
  return [
    {
      id,
      clientId,
      clientSecret,
      nativeClientIds: listOf(given, `${prefix}_NATIVE_CLIENT_IDS`),
      ...replaced,
      ...(tenant !== undefined && { tenant }),
    },
  ];
}

/** Addresses in the place of the provider's own, by the last part of their variable. */
function readOverrides(
  prefix: string,
  names: Partial<typeof overrides>,
  given: Environment,
  isProduction: boolean,
  problems: string[],
): Pick<ProviderSettings, 'overrides'> {
  const replaced = Object.entries(names).flatMap(([name, key]) => {
    const value = given[`${prefix}_${name}`];
    if (value === undefined) return [];
    if (isProduction) problems.push(`${prefix}_${name} cannot be set in production`);
    else if (!isWebUrl(value, false)) problems.push(`${prefix}_${name} must be an http(s):// URL`);
    return [[key, value] as const];
  });
  return replaced.length > 0 ? { overrides: Object.fromEntries(replaced) } : {};
}

function readIssuer(id: string, given: Environment, isProduction: boolean, problems: string[]): ProviderSettings[] {
  if (!issuerId.test(id) || knownProviders.some((known) => known.id === id)) {
    problems.push('OIDC_PROVIDERS must be names of your own: small letters, digits and hyphens');
    return [];
  }
  const prefix = `OIDC_${id.toUpperCase().replaceAll('-', '_')}`;
  const { ISSUER: _, ...endpoints } = overrides;
  const issuer = required(given, `${prefix}_ISSUER`, problems);
  if (issuer !== '' && !isWebUrl(issuer, isProduction)) problems.push(`${prefix}_ISSUER must be an https:// URL`);
  return [
    {
      id,
      clientId: required(given, `${prefix}_CLIENT_ID`, problems),
      clientSecret: required(given, `${prefix}_CLIENT_SECRET`, problems),
      nativeClientIds: listOf(given, `${prefix}_NATIVE_CLIENT_IDS`),
      oidc: { name: given[`${prefix}_NAME`] ?? id, issuer },
      ...readOverrides(prefix, endpoints, given, isProduction, problems),
    },
  ];
}

/** A secret made beforehand, or the key from which one is made for each request. */
function readAppleSecret(given: Environment, problems: string[]): ClientSecret {
  const ready = given['APPLE_CLIENT_SECRET'];
  if (ready !== undefined) return ready;
  const [teamId = '', keyId = '', pem = ''] = appleKey.map((name) => required(given, `APPLE_${name}`, problems));
  // A line break cannot be written into every environment.
  const privateKey = pem.replaceAll('\\n', '\n');
  if (pem !== '' && !isP256Key(privateKey)) problems.push('APPLE_PRIVATE_KEY must be the text of the .p8 file that Apple gave out');
  return { teamId, keyId, privateKey };
}

function isP256Key(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function required(given: Environment, name: string, problems: string[]): string {
  const value = given[name];
  if (value === undefined) problems.push(`${name} must be set, or nothing of this provider`);
  return value ?? '';
}

function isWebUrl(text: string, mustBeSecure: boolean): boolean {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  return protocol === 'https:' || (!mustBeSecure && protocol === 'http:');
}

function listOf(given: Environment, name: string): string[] {
  return (given[name] ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}
