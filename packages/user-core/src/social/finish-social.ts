import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { arrive } from './arrive.ts';
import { connectToMe } from './connect-social.ts';
import { holderHash } from './holder.ts';
import { identifyByCode } from './identify.ts';
import type { Arrival } from './identity.ts';
import type { FieldDefaults } from './newcomer.ts';
import type { Provider } from './providers/provider.ts';
import { claimSocialFlow } from './social-flow.store.ts';
import type { SocialFlowRow } from './social-flow.table.ts';
import type { SocialAnswer } from './social-outcome.ts';
import type { SealedFlow } from './start-social.ts';
import { providerNamed, recordRefused, useProvider } from './use-provider.ts';

/** What the provider gave back by way of the browser. `iss` names who answers (RFC 9207). */
export type FinishInput = { provider: string; state: string; iss?: string | undefined; ticket?: string | undefined } & (
  | { code: string }
  | { error: string }
);

/** The two errors by which a provider speaks of itself; all others mean that it, or the person, would not (RFC 6749 §4.1.2.1). */
const itsOwnErrors = new Set(['server_error', 'temporarily_unavailable']);

/**
 * Ends a way to a provider and back: logs in, registers or connects. The state is used up first, whatever follows, and
 * nothing is written before the provider has answered in full. Refusals: `provider_unknown`, `state_mismatch`,
 * `provider_denied`, `provider_failed`, `social_account_in_use`, and those of logging in and registering.
 */
export async function finishSocial(core: UserCore, input: FinishInput, defaults: FieldDefaults, caller: Caller): Promise<SocialAnswer> {
  await core.limits.charge('finishSocial', { ip: caller.origin.ip, account: null });
  const provider = providerNamed(core, input.provider);
  const flow = await claimFlow(core, input, caller);
  if (!flow || flow.issuer !== provider.issuer || !isItsOwn(provider, input.iss)) return refuse(core, caller, 'state_mismatch');
  if ('error' in input) return refuse(core, caller, itsOwnErrors.has(input.error) ? 'provider_failed' : 'provider_denied');

  const secrets = openFlow(core, flow);
  if (!secrets) return refuse(core, caller, 'state_mismatch');
  const arrival = await useProvider(core, provider, caller, async (signal) => {
    const { sendsIssuer } = await provider.metadata(signal);
    if (sendsIssuer && input.iss === undefined) return null;
    return identifyByCode(core, provider, { code: input.code, ...secrets }, signal);
  });
  if (!arrival) return refuse(core, caller, 'state_mismatch');
  if (flow.intent === 'connect') return connectToMe(core, provider, flow, arrival, caller);
  return arrive(core, provider, { arrival: named(arrival, flow), fields: defaults, returnTo: flow.returnTo }, caller);
}

async function claimFlow(core: UserCore, input: FinishInput, caller: Caller): Promise<SocialFlowRow | null> {
  const stateHash = secretTokenHash('social_state', input.state);
  const holder = holderHash(caller, input.ticket ?? null);
  if (!stateHash || !holder) return null;
  const { provider } = input;
  const { session, user } = caller.signedIn ?? { session: null, user: null };
  const finisher = { stateHash, provider, credentials: caller.credentials, holderHash: holder };
  return claimSocialFlow(core.db, { ...finisher, sessionId: session?.id ?? null, userId: user?.id ?? null }, core.host.clock.now());
}

/** Whether an answer that names its issuer is the provider's (RFC 9207 §2.4). One with many issuers has them all at its own address. */
function isItsOwn(provider: Provider, iss: string | undefined): boolean {
  if (iss === undefined || iss === provider.issuer) return true;
  return provider.issuerFor !== undefined && URL.canParse(iss) && new URL(iss).origin === new URL(provider.issuer).origin;
}

function openFlow(core: UserCore, flow: SocialFlowRow): SealedFlow | null {
  const text = core.keys.open('social-flow', flow.sealed, flow.stateHash.toString('base64url'));
  return text === null ? null : (JSON.parse(text) as SealedFlow);
}

/** Apple tells a name beside the code and never in the ID token. */
function named(arrival: Arrival, { postedName }: SocialFlowRow): Arrival {
  return arrival.firstName === '' && arrival.lastName === '' && postedName ? { ...arrival, ...postedName } : arrival;
}

async function refuse(core: UserCore, caller: Caller, reason: 'state_mismatch' | 'provider_denied' | 'provider_failed'): Promise<never> {
  await recordRefused(core, caller, reason);
  throw new Refusal(reason);
}
