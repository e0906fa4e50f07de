import { type Caller, type Session, toSession, toUser, type User } from '@latchkey/user-core';

/** Who is signed in, or null: a credential that is no longer good is as good as none. */
export function current(caller: Caller): { user: User; session: Session } | null {
  const { signedIn } = caller;
  return signedIn && { user: toUser(signedIn.user), session: toSession(signedIn.session, signedIn.session.id) };
}
