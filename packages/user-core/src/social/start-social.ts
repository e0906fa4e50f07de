import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { requireFresh } from '../session/freshness.ts';
import type { SignedIn } from '../session/session.store.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { newHolder } from './holder.ts';
import { authorizationUrl } from './providers/authorization-url.ts';
import { ownPath } from './return-to.ts';
import { insertSocialFlow } from './social-flow.store.ts';
import { providerNamed, useProvider } from './use-provider.ts';

/** By which provider, to what end, and the path of the site to go on at. */
export type StartInput = { provider: string; intent: 'login' | 'connect'; returnTo?: string | undefined };

/** `socialToken` is the cookie that binds a browser to the flow; other callers get a `ticket` in its place. */
export type Started = { authorizationUrl: string; ticket: string | null; socialToken: string | null };

/** PKCE verifier and nonce of a flow, sealed with its state as context. */
export type SealedFlow = { verifier: string; nonce: string };

/**
 * Begins a way to a provider and back: answers where to send the person. Good for 10 minutes and one `finish` (R-SOC-01, -02).
 * Refusals: `provider_unknown`, `invalid_input`, `provider_failed`, `too_many_attempts`; to connect also
 * `not_authenticated` and `reauthentication_required`.
 */
export async function startSocial(core: UserCore, input: StartInput, caller: Caller): Promise<Started> {
  await core.limits.charge('startSocial', { ip: caller.origin.ip, account: null });
  const provider = providerNamed(core, input.provider);
  const me = input.intent === 'connect' ? freshPerson(core, caller) : null;
  const returnTo = ownPath(input.returnTo, core.social.publicUrl);
  const { endpoints } = await useProvider(core, provider, caller, (signal) => provider.metadata(signal));

  const state = mintSecretToken('social_state', core.host.random);
  const secrets: SealedFlow = { verifier: unguessable(core), nonce: unguessable(core) };
  const holder = newHolder(core, caller);
  const createdAt = core.host.clock.now();
  await insertSocialFlow(core.db, {
    stateHash: state.hash,
    provider: provider.id,
    issuer: provider.issuer,
    intent: input.intent,
    credentials: caller.credentials,
    holderHash: holder.hash,
    sealed: core.keys.seal('social-flow', JSON.stringify(secrets), state.hash.toString('base64url')),
    returnTo,
    sessionId: me?.session.id ?? null,
    userId: me?.user.id ?? null,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + core.policy.social.flowSeconds * 1000),
  });
  return {
    authorizationUrl: authorizationUrl(provider, endpoints, { state: state.token, ...secrets }),
    ticket: holder.ticket,
    socialToken: holder.socialToken,
  };
}

function freshPerson(core: UserCore, caller: Caller): SignedIn {
  if (!caller.signedIn) throw new Refusal('not_authenticated');
  requireFresh(core, caller.signedIn);
  return caller.signedIn;
}

/** 256 bits in the alphabet that RFC 7636 §4.1 asks for. */
function unguessable(core: UserCore): string {
  return core.host.random.bytes(32).toString('base64url');
}
