/** Every reason for which a call may be refused, and when; the client sees it as `error.data.reason`. */
export const refusalMeanings = {
  invalid_input: 'The input does not fit; `fields` says where.',
  weak_password: 'The password is not accepted; `fields` says why, in words a person can act on.',
  invalid_token: 'A mailed token is dead: unknown, used and expired alike.',
  invalid_credentials: 'A login failed, whatever the cause.',
  not_authenticated: 'A session or a living refresh token is needed and there is none: absent, unknown, ended and expired alike.',
  refresh_token_reused: 'A refresh token came a second time: its session has been ended.',
  reauthentication_required: 'Needs a proof of the last ten minutes; `auth.reauthenticate` or a login gives one.',
  registration_closed: 'Sign-up is switched off, on every way in.',
  origin_refused: 'A write that another site caused.',
  not_found: 'Not there, or not yours.',
  username_taken: 'Somebody has this username.',
  email_taken: 'Somebody has this address; told only where verification is not mandatory.',
  password_already_set: 'The account has a password: change it instead.',
  last_login_method: 'It would lock the person out.',
  social_account_in_use: 'This account of the provider is connected to another user.',
  refresh_conflict: 'Reserved: a refresh that loses a benign race is answered with the successor instead.',
  provider_unknown: 'No provider of this name is configured.',
  provider_failed: 'The provider was slow, down, or answered what cannot be believed.',
  provider_denied: 'The person, or the provider, said no.',
  state_mismatch: 'Not the browser or the ticket that began, or it took too long.',
  batch_refused: 'More than ten calls in one batch, or more than one that checks a credential.',
  too_many_attempts: 'A limit is reached; `retryAfterSeconds` is set.',
  overloaded: 'Too busy, or the database is away; `retryAfterSeconds` is set.',
  internal: 'A bug, logged under the `requestId`.',
} as const;

/** One of the reasons. */
export type RefusalReason = keyof typeof refusalMeanings;

/** One thing wrong with one input: where, as a stable code, and in words a person can act on. Never the value itself. */
export type FieldIssue = { path: string; code: string; message: string };

/** When to come back, and which inputs can be mended. */
export type RefusalDetails = { retryAfterSeconds?: number; fields?: FieldIssue[] };

/**
 * An expected "no". Everything else that is thrown is a bug and is masked before it leaves the server.
 * `retryAfterSeconds` is set where waiting helps; `fields` where an input can be mended.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  readonly retryAfterSeconds: number | null;
  readonly fields: FieldIssue[];

  constructor(reason: RefusalReason, details: RefusalDetails = {}) {
    super(reason);
    this.reason = reason;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.fields = details.fields ?? [];
  }
}
