import { type SignedIn, toSession, toUser } from '@latchkey/user-core';
import type { Current } from './api/values.ts';
import type { Procedures } from './trpc.ts';

/** The person who calls and the session they are known by, as they may see both themselves. */
export type Me<Fields> = Current<Fields>;

/**
 * What an application builds its own procedures on. They share our rules for batches, our error answers and one look at the
 * caller per request. Handlers see plain values and nothing that is stored; how long they may take is for them to say.
 */
export function applicationProcedures<Fields>({ ofApplication }: Procedures) {
  const internal = { caller: undefined, signedIn: undefined };
  const meOf = ({ user, session }: SignedIn) => ({ user: toUser(user), session: toSession(session, session.id) }) as Me<Fields>;

  /** For anyone. */
  const publicProcedure = ofApplication.publicProcedure.use(({ next }) => next({ ctx: internal }));

  /** `ctx.me` is who calls. Refuses with `not_authenticated`. */
  const signedInProcedure = ofApplication.signedInProcedure.use(({ ctx: { signedIn }, next }) => {
    return next({ ctx: { ...internal, me: meOf(signedIn) } });
  });

  /** As `signedInProcedure`, for what needs a proof of the last minutes. Refuses with `reauthentication_required`. */
  const freshProcedure = ofApplication.freshProcedure.use(({ ctx: { signedIn }, next }) => {
    return next({ ctx: { ...internal, me: meOf(signedIn) } });
  });

  return { publicProcedure, signedInProcedure, freshProcedure };
}
