import { type AuthClient, refusalOf } from '@latchkey/auth-client';

/** What to tell whoever tried to log in; null when they are in. A reason that is not dealt with does not compile. */
export async function logIn(client: AuthClient, identifier: string, password: string): Promise<string | null> {
  try {
    const outcome = await client.auth.login.mutate({ identifier, password });
    switch (outcome.status) {
      case 'authenticated':
        return null; // outcome.user and outcome.session are there
      case 'email_verification_required':
        return `Open the link that was sent to ${outcome.email}.`;
      case 'second_factor_required':
        return 'A second factor is asked for.';
    }
  } catch (error) {
    const refusal = refusalOf(error, 'auth.login');
    if (!refusal) return 'There was no answer. Try again.'; // nobody was refused: the network failed
    switch (refusal.reason) {
      case 'invalid_credentials':
        return 'That is not right.';
      case 'too_many_attempts':
        return `Wait ${refusal.retryAfterSeconds} seconds.`;
      case 'invalid_input':
        return refusal.fields?.map(({ path, message }) => `${path}: ${message}`).join(' ') ?? 'That is not right.';
      case 'overloaded':
      case 'internal':
        return `Try again later. (${refusal.requestId})`;
      case 'origin_refused':
      case 'batch_refused':
        throw error; // a page that is set up wrongly
    }
  }
}
