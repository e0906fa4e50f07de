import { z } from 'zod';
import { canonicalEmail } from '../user/canonical-email.ts';
import { canonicalUsername } from '../user/canonical-username.ts';
import type { UserCore } from '../user-core.ts';
import { type AskOptions, askProvider } from './ask-provider.ts';
import { exchangeCode, type ProviderTokens } from './exchange-code.ts';
import { type IdTokenSource, verifyIdToken } from './id-token.ts';
import { type Arrival, identityKey } from './identity.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { Profile } from './providers/profile.ts';
import type { Provider, ProviderMetadata } from './providers/provider.ts';

/** Finds out who came back with a code. Everything that is asked for it ends with `signal`. */
export async function identifyByCode(
  core: UserCore,
  provider: Provider,
  grant: { code: string; verifier: string; nonce: string },
  signal: AbortSignal,
): Promise<Arrival> {
  const options = { signal, allowPlainHttp: provider.allowPlainHttp };
  const metadata = await provider.metadata(signal);
  const tokens = await exchangeCode(provider, metadata, { ...grant, now: core.host.clock.now() }, options);
  if (provider.protocol === 'oauth') {
    const told = await askUserinfo(provider, metadata, tokens.access_token, options);
    return arrival(core, provider, provider.issuer, await profileOf(provider, metadata, tokens, told, options), tokens);
  }
  if (tokens.id_token === undefined) throw new ProviderFailure('it gave no ID token');
  const source: IdTokenSource = { from: 'code', nonce: grant.nonce };
  const claims = await verifyIdToken(provider, tokens.id_token, verifyOptions(core, metadata, source, signal));
  const told = metadata.endpoints.userinfo ? await askUserinfo(provider, metadata, tokens.access_token, options) : {};
  return arrival(core, provider, claims.iss, readProfile(provider, joined(claims, told), null), tokens);
}

/** Finds out whom an ID token that a native application was given is about. */
export async function identifyByIdToken(
  core: UserCore,
  provider: Provider,
  given: { idToken: string; nonce: string | null },
  signal: AbortSignal,
): Promise<Arrival> {
  const metadata = await provider.metadata(signal);
  const source: IdTokenSource = { from: 'application', nonce: given.nonce };
  const claims = await verifyIdToken(provider, given.idToken, verifyOptions(core, metadata, source, signal));
  return arrival(core, provider, claims.iss, readProfile(provider, claims, null), null);
}

function verifyOptions(core: UserCore, { endpoints }: ProviderMetadata, source: IdTokenSource, signal: AbortSignal) {
  if (endpoints.jwks === null) throw new ProviderFailure('it publishes no keys');
  return { jwks: endpoints.jwks, source, now: core.host.clock.now(), skewSeconds: core.policy.accessToken.skewSeconds, signal };
}

async function askUserinfo(provider: Provider, { endpoints }: ProviderMetadata, accessToken: string, options: AskOptions, below = '') {
  const url = new URL(endpoints.userinfo ?? '');
  if (below !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${below}`;
  const secret = typeof provider.clientSecret === 'string' ? provider.clientSecret : '';
  for (const [name, value] of Object.entries(provider.userinfoParams?.(accessToken, secret) ?? {})) url.searchParams.set(name, value);
  const { status, json } = await askProvider(url.href, { headers: { authorization: `Bearer ${accessToken}` } }, options);
  const told = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).safeParse(json);
  if (status !== 200 || !told.success) throw new ProviderFailure(`it did not say who came (${status})`);
  return told.data;
}

async function profileOf(provider: Provider, metadata: ProviderMetadata, tokens: ProviderTokens, told: unknown, options: AskOptions) {
  const also = provider.alsoAsk ? await askUserinfo(provider, metadata, tokens.access_token, options, provider.alsoAsk) : null;
  return readProfile(provider, told, also);
}

/**
 * The user info may add to the ID token and never contradicts it: it must be about the same subject (OpenID Connect Core
 * §5.3.2), and an address and the word that it is verified come from the same place.
 */
function joined(claims: Record<string, unknown>, told: Record<string, unknown> | unknown[]): Record<string, unknown> {
  if (Array.isArray(told)) throw new ProviderFailure('its user info cannot be read');
  if (Object.keys(told).length > 0 && told['sub'] !== claims['sub']) throw new ProviderFailure('its user info is about somebody else');
  const { email, email_verified } = claims['email'] === undefined ? told : claims;
  return { ...told, ...claims, email, email_verified };
}

function readProfile(provider: Provider, told: unknown, also: unknown): Profile {
  try {
    return provider.readProfile(told, also);
  } catch {
    throw new ProviderFailure('its profile cannot be read');
  }
}

function arrival(core: UserCore, provider: Provider, issuer: string, profile: Profile, tokens: ProviderTokens | null): Arrival {
  const identity = { provider: provider.id, issuer, subject: profile.subject };
  const email = profile.email === null ? null : literalEmail(profile.email);
  const kept = provider.keepsTokens && tokens ? JSON.stringify({ ...tokens, received_at: core.host.clock.now() }) : null;
  return {
    ...identity,
    email,
    isEmailVerified: email !== null && profile.isEmailVerified,
    username: profile.username === null ? null : (canonicalUsername(profile.username)?.username ?? null),
    firstName: tidyName(profile.firstName),
    lastName: tidyName(profile.lastName),
    sealedTokens: kept === null ? null : core.keys.seal('social-token', kept, identityKey(identity)),
  };
}

/**
 * An address that needs no normalising, or null. The provider vouches for the characters it told: what they normalise to may
 * be somebody else's mailbox (GHSA-7rqj, CVE-2019-19844).
 */
function literalEmail(told: string): string | null {
  return canonicalEmail(told)?.email === told ? told : null;
}

/** A name as we take names: one line of 150 characters. Whatever is odd about it is dropped; the person may mend it. */
export function tidyName(name: string): string {
  const line = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return [...line].slice(0, 150).join('').trim();
}
