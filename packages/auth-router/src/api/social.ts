import type { Authenticated, EmailVerificationRequired, NoFieldValues, SecondFactorRequired } from './values.ts';

/** A way in by another service that is switched on. `name` is for people. */
export interface SocialProvider {
  id: string;
  name: string;
}

/** By which provider, and to what end. */
export interface StartSocialInput {
  /** An id of `social.providers`. */
  provider: string;
  /** `connect` adds the identity to whoever is signed in, with a fresh proof. */
  intent: 'login' | 'connect';
  /** A path of the site to go on at; `/` unless given. */
  returnTo?: string | undefined;
}

/** Where to send the browser. `ticket` is null for a browser, which is bound by a cookie; token callers hand it back. */
export interface SocialStarted {
  authorizationUrl: string;
  ticket: string | null;
}

/** What the provider gave back by way of the browser, as it stood in the address. */
export interface ReturnedFromProvider {
  provider: string;
  state: string;
  /** Names who answers (RFC 9207), where the provider says so. */
  iss?: string | undefined;
  ticket?: string | undefined;
}

/** What came back: a code to be exchanged, or the error by which the provider or the person refused. */
export type FinishSocialInput = (ReturnedFromProvider & { code: string }) | (ReturnedFromProvider & { error: string });

/** For native applications, whose provider's library hands them an ID token. */
export interface LoginWithIdTokenInput {
  provider: string;
  idToken: string;
  nonce?: string | undefined;
}

/** What was missing. Token callers hand back the `ticket` of `registration_incomplete`; a browser has a cookie. */
export interface CompleteRegistrationInputBase {
  ticket?: string | undefined;
  email?: string | undefined;
  username?: string | undefined;
}

/** `fields` has to be given when one of the application's fields has to be. */
export type CompleteRegistrationInput<Fields = NoFieldValues> = CompleteRegistrationInputBase &
  (Record<never, never> extends Fields ? { fields?: Fields | undefined } : { fields: Fields });

/** An identity at a provider that is connected to somebody. */
export interface SocialAccount {
  id: string;
  provider: string;
  /** The provider's own name for the person, which never changes. */
  providerAccountId: string;
  email: string | null;
  connectedAt: Date;
  lastLoginAt: Date | null;
}

/** The identity is connected to whoever is signed in. */
export interface SocialConnected {
  status: 'connected';
  account: SocialAccount;
  returnTo: string;
}

/** Something is missing for an account: ask for it, then call `social.completeRegistration`. */
export interface RegistrationIncomplete {
  status: 'registration_incomplete';
  ticket: string | null;
  /** Empty where only the application's own fields are. */
  missing: ('email' | 'username')[];
  suggested: {
    email?: string | undefined;
    username?: string | undefined;
    firstName?: string | undefined;
    lastName?: string | undefined;
  };
}

/** An account with this address exists and is not linked on the provider's word: log in the usual way, and connect. */
export interface LinkRequired {
  status: 'link_required';
  provider: string;
  email: string;
}

type Returning<Outcome> = Outcome & { returnTo: string };

/** How a way by another service may end, when it is not refused. `returnTo` is the path that `social.start` was given. */
export type SocialOutcome<Fields = NoFieldValues> =
  | Returning<Authenticated<Fields>>
  | Returning<EmailVerificationRequired>
  | Returning<SecondFactorRequired>
  | SocialConnected
  | RegistrationIncomplete
  | LinkRequired;
