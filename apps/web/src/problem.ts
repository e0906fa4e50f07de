import { type AuthErrorData, type RefusalReason, refusalOf } from '@latchkey/auth-client';

/** A call that failed, in words for the person in front of it. `fields` says what is wrong with single inputs. */
export type Problem = { reason: RefusalReason | null; sentence: string; fields: NonNullable<AuthErrorData['fields']> };

const sentences: Record<RefusalReason, string> = {
  invalid_input: 'Something here cannot be used. Correct it and try again.',
  weak_password: 'Choose another password.',
  invalid_token: 'This link no longer works: it was used already, it is too old, or a newer one replaced it.',
  invalid_credentials: 'That is not right. Check what you typed and try again.',
  not_authenticated: 'You are not logged in. Log in and try again.',
  refresh_token_reused: 'You were logged out to keep your account safe. Log in again.',
  reauthentication_required: 'Log in again to confirm that it is you, then try once more.',
  registration_closed: 'New accounts cannot be made here at present.',
  origin_refused: 'This page may not talk to the server. Open it at its own address and try again.',
  not_found: 'This is no longer there. Load the page again.',
  username_taken: 'Somebody has this username already. Choose another.',
  email_taken: 'This address has an account already. Log in, or reset the password.',
  password_already_set: 'This account has a password already. Change it instead.',
  last_login_method: 'This is your only way to log in. Add another one first.',
  social_account_in_use: 'This account is connected to somebody else. Log in with it, or choose another.',
  refresh_conflict: 'Two windows did this at the same time. Try again.',
  provider_unknown: 'This way to log in is not offered here. Choose another.',
  provider_failed: 'The other service did not answer as it should. Try again, or log in another way.',
  provider_denied: 'The other service did not let you in. Try again, or log in another way.',
  state_mismatch: 'This log-in was begun elsewhere or too long ago. Begin again.',
  batch_refused: 'Too much was asked at once. Load the page again.',
  too_many_attempts: 'There were too many attempts.',
  overloaded: 'The server is busy.',
  internal: 'Something went wrong on our side. Try again later.',
};

const noAnswer = 'The server did not answer. Check your connection and try again.';

/** Reads any error a call may reject with. */
export function problemOf(error: unknown): Problem {
  const refusal = refusalOf(error);
  if (!refusal) return { reason: null, sentence: noAnswer, fields: [] };
  return { reason: refusal.reason, sentence: sentenceOf(refusal), fields: refusal.fields ?? [] };
}

function sentenceOf({ reason, retryAfterSeconds, requestId }: AuthErrorData): string {
  if (reason === 'internal') return `${sentences.internal} If you ask for help, mention the number ${requestId}.`;
  if (reason !== 'too_many_attempts' && reason !== 'overloaded') return sentences[reason];
  return `${sentences[reason]} Try again ${retryAfterSeconds === undefined ? 'later' : `in ${waiting(retryAfterSeconds)}`}.`;
}

/** Rounded up to a whole unit: who comes back then is not too early. */
function waiting(seconds: number): string {
  if (seconds <= 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds <= 90 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  return counted(Math.ceil(seconds / 3600), 'hour');
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
