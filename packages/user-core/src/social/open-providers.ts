import type { Clock } from '../host.ts';
import { beforeEnd, providerMilliseconds } from './ask-provider.ts';
import { discover } from './discover.ts';
import { type RemoteKeys, remoteKeys } from './id-token.ts';
import { knownProviders } from './providers/known-providers.ts';
import { microsoft } from './providers/microsoft.ts';
import { standardProfile } from './providers/profile.ts';
import type { ClientSecret, Endpoints, Provider, ProviderDefinition, ProviderMetadata } from './providers/provider.ts';

/** One provider as the operator configured it. `id` is one of the known ones, or `oidc` says what is to be known of it. */
export type ProviderSettings = {
  id: string;
  clientId: string;
  clientSecret: ClientSecret;
  nativeClientIds?: string[];
  /** Any OpenID Connect issuer, found out about by discovery. */
  oidc?: { name: string; issuer: string; authorizeParams?: Record<string, string> };
  /** In the place of the provider's own. */
  overrides?: Partial<Endpoints> & { issuer?: string };
  /** Microsoft's: who may log in. */
  tenant?: string;
  /** Its word that an address is verified may link to an account with that verified address. */
  mayLink?: boolean;
  /** Its tokens are kept, sealed, for `providerTokens`. */
  keepsTokens?: boolean;
};

/** The providers that are switched on, and where they call back to. */
export type SocialSettings = {
  /** Providers call back to `<publicUrl>/social/callback/<id>`. */
  publicUrl: string;
  providers: ProviderSettings[];
  /** For development and tests: providers on this machine have no TLS. */
  allowPlainHttp: boolean;
};

export type Providers = ReadonlyMap<string, Provider>;

const metadataMilliseconds = 60 * 60_000;

/** Makes the configured providers ready for use. Asks none of them anything. */
export function openProviders(settings: SocialSettings | undefined, clock: Clock): Providers {
  return new Map((settings?.providers ?? []).map((each) => [each.id, openProvider(each, settings as SocialSettings, clock)]));
}

function openProvider(settings: ProviderSettings, { publicUrl, allowPlainHttp }: SocialSettings, clock: Clock): Provider {
  const { endpoints, clientAuth, issuerFor, ...known } = definitionOf(settings);
  const { issuer = known.issuer, ...overrides } = settings.overrides ?? {};
  // Another issuer has other addresses: those that are not given are found out.
  const isMoved = settings.oidc !== undefined || issuer !== known.issuer;
  const given = { ...(isMoved && known.protocol === 'oidc' ? {} : endpoints), ...overrides };
  const keySets = new Map<string, RemoteKeys>();
  return {
    ...known,
    issuer,
    ...(issuerFor && !isMoved && { issuerFor }),
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    nativeClientIds: settings.nativeClientIds ?? [],
    redirectUri: `${publicUrl}/social/callback/${settings.id}`,
    mayLink: settings.mayLink ?? false,
    keepsTokens: settings.keepsTokens ?? false,
    allowPlainHttp,
    metadata: metadataSource(issuer, given, known.protocol, clientAuth, allowPlainHttp, clock),
    keys(jwks) {
      const keys = keySets.get(jwks) ?? remoteKeys(jwks, allowPlainHttp);
      keySets.set(jwks, keys);
      return keys;
    },
  };
}

function definitionOf({ id, oidc, tenant }: ProviderSettings): ProviderDefinition {
  if (oidc) {
    return {
      id,
      name: oidc.name,
      protocol: 'oidc',
      issuer: oidc.issuer,
      endpoints: { authorize: '', token: '', userinfo: null, jwks: '' },
      scopes: ['openid', 'email', 'profile'],
      clientAuth: 'basic',
      ...(oidc.authorizeParams && { authorizeParams: oidc.authorizeParams }),
      readProfile: standardProfile,
    };
  }
  const known = id === 'microsoft' ? microsoft(tenant) : knownProviders.find((each) => each.id === id);
  if (!known) throw new Error(`no provider is known as ${id}`);
  return known;
}

/** Discovers only what is not given, once an hour; a failure is not remembered. */
function metadataSource(
  issuer: string,
  given: Partial<Endpoints>,
  protocol: Provider['protocol'],
  clientAuth: ProviderDefinition['clientAuth'],
  allowPlainHttp: boolean,
  clock: Clock,
): Provider['metadata'] {
  const { authorize, token, userinfo = null, jwks = null } = given;
  if (authorize && token && (jwks || protocol === 'oauth')) {
    const fixed = { endpoints: { authorize, token, userinfo, jwks }, clientAuth, sendsIssuer: false };
    return async () => fixed;
  }
  let found: { at: number; metadata: Promise<ProviderMetadata> } | null = null;
  return async (signal) => {
    const now = clock.now().getTime();
    if (!found || now - found.at > metadataMilliseconds) {
      const metadata = discover(issuer, { signal: AbortSignal.timeout(providerMilliseconds), allowPlainHttp });
      found = { at: now, metadata };
      metadata.catch(() => {
        if (found?.metadata === metadata) found = null;
      });
    }
    const { endpoints, ...rest } = await beforeEnd(signal, found.metadata);
    return { ...rest, endpoints: { ...endpoints, ...given } };
  };
}
