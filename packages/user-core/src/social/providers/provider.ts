import type { RemoteKeys } from '../id-token.ts';
import type { Profile } from './profile.ts';

/** Where a provider is asked. `userinfo` is null where the ID token tells everything, `jwks` where there is no ID token. */
export type Endpoints = { authorize: string; token: string; userinfo: string | null; jwks: string | null };

/** A secret as the provider gave it, or the key from which Apple wants one made for each request. */
export type ClientSecret = string | { teamId: string; keyId: string; privateKey: string };

/** What is to be known of a provider by name: one short file each. */
export type ProviderDefinition = {
  id: string;
  name: string;
  /** `oidc` tells who somebody is by an ID token, `oauth` by an answer of `userinfo`. */
  protocol: 'oidc' | 'oauth';
  /** As it calls itself: in ID tokens, and in the `iss` of answers where it sends one. */
  issuer: string;
  endpoints: Endpoints;
  /** Only what is needed to know the person and their address (R-SOC-17). */
  scopes: string[];
  /** How the token endpoint is told who we are: in a header, or in the body. */
  clientAuth: 'basic' | 'post';
  /** Apple answers with a POST when it is asked for anything about the person. */
  responseMode?: 'form_post';
  /** It fails when it is told a PKCE verifier, whatever it was asked with: its code is bound by `state`, and by the nonce where there is one. */
  refusesPkce?: true;
  authorizeParams?: Record<string, string>;
  userinfoParams?: (accessToken: string, clientSecret: string) => Record<string, string>;
  /** Asked below `userinfo` as well, and handed to `readProfile` beside it. */
  alsoAsk?: string;
  /** The issuer that a token with these claims must have, where it is not the same for everybody. */
  issuerFor?: (claims: Record<string, unknown>) => string | null;
  /** Reads what the provider told; throws when it is not what the provider promises to tell. */
  readProfile: (told: unknown, also: unknown) => Profile;
};

/** Where and how to talk to a provider, known at once or found out by discovery. */
export type ProviderMetadata = {
  endpoints: Endpoints;
  clientAuth: ProviderDefinition['clientAuth'];
  /** An answer without `iss` is not from this provider (RFC 9207 §2.4). */
  sendsIssuer: boolean;
};

/** A provider that can be used: what is known of it, and what the configuration says. */
export type Provider = Omit<ProviderDefinition, 'endpoints' | 'clientAuth'> & {
  clientId: string;
  clientSecret: ClientSecret;
  /** ID tokens of native applications may be meant for these as well. */
  nativeClientIds: string[];
  /** Where it calls us back. */
  redirectUri: string;
  mayLink: boolean;
  keepsTokens: boolean;
  allowPlainHttp: boolean;
  metadata(signal: AbortSignal): Promise<ProviderMetadata>;
  /** Its public keys, fetched when needed and kept for a while. */
  keys(jwks: string): RemoteKeys;
};
