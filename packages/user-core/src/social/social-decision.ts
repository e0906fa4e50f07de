/** All that bears on what becomes of somebody who came from a provider to log in. */
export type SocialFacts = {
  /** The identity is connected to an account. */
  isConnected: boolean;
  /** `unproven`: typed by the person, or not vouched for by the provider. */
  email: 'none' | 'unproven' | 'verified';
  /** Whether an account has that address, and has proven it to us. */
  emailOwner: 'nobody' | 'unverified' | 'verified';
  /** The operator trusts this provider's word about addresses. */
  mayLink: boolean;
  isRegistrationOpen: boolean;
  /** The person has to add something before there can be an account. */
  isIncomplete: boolean;
  /** No account without a proven address. */
  mustProveEmail: boolean;
};

export type SocialDecision =
  | 'log_in'
  | 'link'
  | 'ask_to_link'
  | 'refuse_closed'
  | 'ask_for_more'
  | 'create_verified'
  | 'create_unverified'
  /** Answers like a registration, whoever has the address. */
  | 'mail_proof'
  | 'refuse_taken';

/**
 * What becomes of them. An account is entered by a connected identity, or linked when three agree: the provider says that it
 * verified the address, the operator trusts it, and the account has proven the same address to us (R-SOC-08). An address
 * that only the person or an unsure provider names tells nothing about who has it already.
 */
export function decideSocial(facts: SocialFacts): SocialDecision {
  if (facts.isConnected) return 'log_in';
  if (facts.email === 'verified' && facts.emailOwner !== 'nobody') {
    return facts.mayLink && facts.emailOwner === 'verified' ? 'link' : 'ask_to_link';
  }
  if (!facts.isRegistrationOpen) return 'refuse_closed';
  if (facts.email === 'none' || facts.isIncomplete) return 'ask_for_more';
  if (facts.email === 'verified') return 'create_verified';
  if (facts.mustProveEmail) return 'mail_proof';
  return facts.emailOwner === 'nobody' ? 'create_unverified' : 'refuse_taken';
}

/** A way into an account, and whether it would work today. */
export type WayIn = { kind: 'password' | 'social'; isUsable: boolean };

/** Whether an account may lose a way in: only when another one is left that works (R-SOC-11). */
export function mayDisconnect(remaining: WayIn[]): boolean {
  return remaining.some((way) => way.isUsable);
}
