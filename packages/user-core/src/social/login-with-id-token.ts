import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import { arrive } from './arrive.ts';
import { identifyByIdToken } from './identify.ts';
import type { FieldDefaults } from './newcomer.ts';
import type { SocialAnswer } from './social-outcome.ts';
import { providerNamed, recordRefused, tryProvider } from './use-provider.ts';

/**
 * Logs in, or registers, with an ID token that a native application got from the provider itself (RFC 8252). It must have
 * been made for us: a token of another application is nobody's, and an access token never is one. A token with a nonce is
 * good together with that nonce. Refusals: `provider_unknown` (also where a provider makes no ID tokens),
 * `invalid_credentials`, `provider_failed`, and those of registering.
 */
export async function loginWithIdToken(
  core: UserCore,
  input: { provider: string; idToken: string; nonce?: string | undefined },
  defaults: FieldDefaults,
  caller: Caller,
): Promise<SocialAnswer> {
  await core.limits.charge('finishSocial', { ip: caller.origin.ip, account: null });
  const provider = providerNamed(core, input.provider);
  if (provider.protocol !== 'oidc') throw new Refusal('provider_unknown');
  const given = { idToken: input.idToken, nonce: input.nonce ?? null };
  const identify = (signal: AbortSignal) => identifyByIdToken(core, provider, given, signal);
  const { done: arrival, failure } = await tryProvider(core, provider, caller, identify);
  if (failure) {
    await recordRefused(core, caller, failure.isOfToken ? 'invalid_credentials' : 'provider_failed');
    throw failure.isOfToken ? new Refusal('invalid_credentials') : new Refusal('provider_failed');
  }
  return arrive(core, provider, { arrival, fields: defaults, returnTo: '/' }, caller);
}
