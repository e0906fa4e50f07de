import type { TRPCClientErrorLike } from '@trpc/client';
import type { NotesRouter } from '../notes/notes.router.ts';
import type { Reason } from '../trpc.ts';

/** Total: a new reason of the service does not compile without a sentence. */
const sentences: Record<Reason, string> = {
  invalid_input: 'A note has 1 to 500 characters.',
  not_authenticated: 'You are no longer logged in.',
  not_found: 'This note is no longer there.',
  too_many_notes: 'You have 100 notes. Remove one first.',
  overloaded: 'The service cannot tell who you are just now. Try again.',
  internal: 'Something went wrong on our side. Try again later.',
};

/** Why a call failed, in words for the person in front of it. */
export function sentenceOf({ data }: TRPCClientErrorLike<NotesRouter>): string {
  return data ? sentences[data.reason] : 'There was no answer. Check your connection and try again.';
}
