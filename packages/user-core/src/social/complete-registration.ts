import type { Caller } from '../caller.ts';
import { type FieldIssue, Refusal } from '../refusal.ts';
import type { UserCore } from '../user-core.ts';
import { arrive } from './arrive.ts';
import { missingFields } from './ask-person.ts';
import { holderHash } from './holder.ts';
import { claimSocialRegistration, findSocialRegistration } from './social-flow.store.ts';
import type { SocialAnswer } from './social-outcome.ts';
import { providerNamed } from './use-provider.ts';

/** What was missing for an account. `ticket` is for callers that have no cookie. */
export type CompleteRegistrationInput = {
  ticket?: string | undefined;
  email?: string | undefined;
  username?: string | undefined;
  fields: Record<string, unknown>;
};

const explanations = {
  email: { code: 'required', message: 'An e-mail address is needed here.' },
  username: { code: 'required', message: 'A username is needed here.' },
};

/**
 * Adds what the provider could not tell, and registers. What is refused can be mended with the same ticket; what succeeds
 * uses it up. Refusals: `state_mismatch` (nothing waits for this caller), `invalid_input`, and those of registering.
 */
export async function completeRegistration(core: UserCore, input: CompleteRegistrationInput, caller: Caller): Promise<SocialAnswer> {
  await core.limits.charge('finishSocial', { ip: caller.origin.ip, account: null });
  const { ticket = null, email, username, fields } = input;
  const holder = holderHash(caller, ticket);
  const waiting = holder && (await findSocialRegistration(core.db, holder, caller.credentials, core.host.clock.now()));
  if (!holder || !waiting) throw new Refusal('state_mismatch');

  const { arrival, returnTo } = waiting;
  const provider = providerNamed(core, arrival.provider);
  const newcomer = { arrival, email, username, fields, returnTo };
  const issues: FieldIssue[] = missingFields(core, { newcomer, hasAddress: (email ?? arrival.email) !== null }).map((path) => ({
    path,
    ...explanations[path],
  }));
  if (issues.length > 0) throw new Refusal('invalid_input', { fields: issues });
  return arrive(
    core,
    provider,
    {
      ...newcomer,
      async claim(tx) {
        if (!(await claimSocialRegistration(tx, holder, caller.credentials, core.host.clock.now()))) throw new Refusal('state_mismatch');
      },
    },
    caller,
  );
}
