import { tryInsertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import { providerMilliseconds } from './ask-provider.ts';
import { ProviderFailure } from './provider-failure.ts';
import type { Provider } from './providers/provider.ts';

/** Refuses with `provider_unknown` what is not offered here. */
export function providerNamed(core: UserCore, id: string): Provider {
  const provider = core.social.providers.get(id);
  if (!provider) throw new Refusal('provider_unknown');
  return provider;
}

/** Does what needs the provider, within 5 seconds. Refuses with `provider_failed` when that fails. */
export async function useProvider<T>(
  core: UserCore,
  provider: Provider,
  caller: Caller,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { done, failure } = await tryProvider(core, provider, caller, work);
  if (!failure) return done;
  await recordRefused(core, caller, 'provider_failed');
  throw new Refusal('provider_failed');
}

/** The same, for a caller who wants to know what failed. The log says how, in our words. */
export async function tryProvider<T>(
  core: UserCore,
  provider: Provider,
  caller: Caller,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ done: T; failure: null } | { done: null; failure: ProviderFailure }> {
  try {
    return { done: await work(AbortSignal.timeout(providerMilliseconds)), failure: null };
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const { requestId } = caller.origin;
    core.host.log.warn({ provider: provider.id, problem: error.problem, requestId }, 'a provider could not be used');
    return { done: null, failure: error };
  }
}

/** Records a social login that came to nothing. */
export async function recordRefused(core: UserCore, caller: Caller, reason: string): Promise<void> {
  await tryInsertAudit(core.db, core.host, caller.origin, { event: 'authn_login_fail', reason });
}
