import type { AnyTRPCRouter } from '@trpc/server';
import type { Session } from '#api';

/** The user that a router answers: with the application's fields, where it has some. */
export type UserOf<Router extends AnyTRPCRouter> = Router['_def']['record']['auth']['user']['_def']['$types']['output'];

/** Who is signed in, and by which session. */
export type CurrentOf<Router extends AnyTRPCRouter> = { user: UserOf<Router>; session: Session };

/** Whether somebody is signed in. */
export type KnownSession<Router extends AnyTRPCRouter> =
  | ({ status: 'signed_in'; error: null } & CurrentOf<Router>)
  | { status: 'signed_out'; user: null; session: null; error: null };

/** The same, while it may not be known yet: `pending`, or `failed` when it could not be found out. */
export type SessionState<Router extends AnyTRPCRouter> =
  | KnownSession<Router>
  | { status: 'pending'; user: null; session: null; error: null }
  | { status: 'failed'; user: null; session: null; error: Error };

export function knownSession<Router extends AnyTRPCRouter>(current: CurrentOf<Router> | null): KnownSession<Router> {
  return current
    ? { status: 'signed_in', user: current.user, session: current.session, error: null }
    : { status: 'signed_out', user: null, session: null, error: null };
}

/** What was known stays known while it is asked again, or cannot be. */
export function sessionState<Router extends AnyTRPCRouter>(
  current: CurrentOf<Router> | null | undefined,
  error: Error | null,
): SessionState<Router> {
  if (current !== undefined) return knownSession<Router>(current);
  return error ? { status: 'failed', user: null, session: null, error } : { status: 'pending', user: null, session: null, error: null };
}
