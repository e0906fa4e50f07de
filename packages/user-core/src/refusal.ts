/** Every reason for which a call may be refused; the client sees it as `error.data.reason`. */
export const refusalReasons = [
  'invalid_input',
  'weak_password',
  'invalid_token',
  'invalid_credentials',
  'not_authenticated',
  'refresh_token_reused',
  'reauthentication_required',
  'registration_closed',
  'origin_refused',
  'not_found',
  'username_taken',
  'email_taken',
  'password_already_set',
  'last_login_method',
  'social_account_in_use',
  'refresh_conflict',
  'provider_unknown',
  'provider_failed',
  'provider_denied',
  'state_mismatch',
  'batch_refused',
  'too_many_attempts',
  'overloaded',
  'internal',
] as const;

/** One of the reasons. */
export type RefusalReason = (typeof refusalReasons)[number];

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
