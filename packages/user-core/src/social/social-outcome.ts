import type { LoginOutcome } from '../session/open-session.ts';

/** A connected identity as its owner may see it. `providerAccountId` is the id that the provider knows them by. */
export type SocialAccount = {
  id: string;
  provider: string;
  providerAccountId: string;
  email: string | null;
  connectedAt: Date;
  lastLoginAt: Date | null;
};

/** What a provider may not have said. */
export type MissingField = 'email' | 'username';

/** How a way by a provider may end, when it is not refused. */
export type SocialOutcome =
  | (LoginOutcome & { returnTo: string })
  | { status: 'connected'; account: SocialAccount; returnTo: string }
  | {
      status: 'registration_incomplete';
      /** For token callers: to be handed to `completeRegistration`. */
      ticket: string | null;
      missing: MissingField[];
      suggested: { email?: string; username?: string; firstName?: string; lastName?: string };
    }
  | { status: 'link_required'; provider: string; email: string };

/** What happened, and what a browser is to keep: the cookies of a registration that waits, and of one that is incomplete. */
export type SocialAnswer = { outcome: SocialOutcome; browserToken: string | null; socialToken: string | null };

export function answered(outcome: SocialOutcome): SocialAnswer {
  return { outcome, browserToken: null, socialToken: null };
}
