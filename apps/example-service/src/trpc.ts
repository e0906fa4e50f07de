import { KeysUnavailableError, type RequestSession } from '@latchkey/auth-client/server';
import { initTRPC, TRPCError } from '@trpc/server';

/** What procedures are called with. Nothing is verified before one of them asks. */
export type Context = { requestId: string; session(): Promise<RequestSession | null> };

/** Every reason for which this service refuses a call, with the code, and so the HTTP status, of each. */
const codes = {
  invalid_input: 'BAD_REQUEST',
  not_authenticated: 'UNAUTHORIZED',
  not_found: 'NOT_FOUND',
  too_many_notes: 'CONFLICT',
  overloaded: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<string, TRPCError['code']>;

export type Reason = keyof typeof codes;

/** An expected "no". Clients read `error.data.reason`. */
export class Refused extends TRPCError {
  readonly reason: Reason;
  constructor(reason: Reason) {
    super({ code: codes[reason], message: reason });
    this.reason = reason;
  }
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  // Built of known parts: neither a bug's message nor what was sent gets back out.
  errorFormatter: ({ error, shape, ctx }) => {
    const reason = error instanceof Refused ? error.reason : reasonOf(error.code);
    const { code, httpStatus } = shape.data;
    return { code: shape.code, message: reason, data: { code, httpStatus, reason, requestId: ctx?.requestId ?? '' } };
  },
});

/** For errors that tRPC raises by itself. */
function reasonOf(code: TRPCError['code']): Reason {
  if (code === 'INTERNAL_SERVER_ERROR') return 'internal';
  return code === 'NOT_FOUND' ? 'not_found' : 'invalid_input';
}

export const router = t.router;

/** `ctx.userId` is who calls. Refuses with `not_authenticated`; with `overloaded` when that cannot be found out. */
export const signedInProcedure = t.procedure.use(async ({ ctx, next }) => {
  const session = await ctx.session().catch((error: unknown) => {
    throw error instanceof KeysUnavailableError ? new Refused('overloaded') : error;
  });
  if (!session) throw new Refused('not_authenticated');
  return next({ ctx: { userId: session.userId } });
});
