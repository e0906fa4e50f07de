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

/**
 * Does what needs the provider, within 5 seconds. When it fails, the log says how, in our words, and the caller is refused
 * with `provider_failed`, or for `tokenReason` when it was an ID token that was not right.
 */
export async function useProvider<T>(
  core: UserCore,
  provider: Provider,
  caller: Caller,
  work: (signal: AbortSignal) => Promise<T>,
  tokenReason: 'provider_failed' | 'invalid_credentials' = 'provider_failed',
): Promise<T> {
  try {
    return await work(AbortSignal.timeout(providerMilliseconds));
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const { requestId } = caller.origin;
    core.host.log.warn({ provider: provider.id, problem: error.problem, requestId }, 'a provider could not be used');
    const reason = error.isOfToken ? tokenReason : 'provider_failed';
    await recordRefused(core, caller, reason);
    throw new Refusal(reason);
  }
}

/** Records a social login that came to nothing. */
export async function recordRefused(core: UserCore, caller: Caller, reason: string): Promise<void> {
  await tryInsertAudit(core.db, core.host, caller.origin, { event: 'authn_login_fail', reason });
}
