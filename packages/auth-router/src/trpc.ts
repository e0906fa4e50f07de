import {
  type Caller,
  isDatabaseUnavailable,
  Refusal,
  recognize,
  requireFresh,
  requireService,
  type ServiceScope,
  type SignedIn,
  type UserCore,
} from '@latchkey/user-core';
import { type AnyTRPCProcedure, type AnyTRPCRouter, initTRPC, type TRPCError } from '@trpc/server';
import type { AuthMeta } from './api/api.ts';
import type { AuthErrorShape } from './api/errors.ts';
import { markApplicationError } from './application-error.ts';
import type { AuthContext } from './context.ts';
import { errorShape, toTrpcError } from './error-shape.ts';
import { wireFormat } from './wire-format.ts';

const t = initTRPC
  .context<AuthContext>()
  .meta<AuthMeta>()
  .create({
    transformer: wireFormat,
    isDev: false,
    errorFormatter: ({ error, ctx, path }): AuthErrorShape => errorShape(error, ctx?.request.origin.requestId ?? 'none', path),
  });

export const router = t.router;

const answerWithinMilliseconds = 5_000;
const maxInFlight = 400;

/** The procedures everything is built from. `isCredential` tells by its name whether a procedure checks credentials. */
export function createProcedures(core: UserCore, isCredential: (path: string) => boolean) {
  let inFlight = 0;

  const guarded = t.procedure.use(async ({ ctx, path, meta, next }) => {
    if (meta?.setsCookies && ctx.request.isStream) throw toTrpcError(new Refusal('batch_refused'));
    if (isCredential(path) && ctx.request.calls.filter(isCredential).length > 1) throw toTrpcError(new Refusal('batch_refused'));
    if (inFlight >= maxInFlight) throw toTrpcError(new Refusal('overloaded', { retryAfterSeconds: 1 }));
    inFlight += 1;
    try {
      const result = await within(answerWithinMilliseconds, next());
      if (!result.ok) throw translated(core, result.error, ctx, path);
      return result;
    } finally {
      inFlight -= 1;
    }
  });

  const publicProcedure = guarded.use(({ ctx, next }) => next({ ctx: { caller: () => callerOf(core, ctx) } }));

  const signedInProcedure = publicProcedure.use(async ({ ctx, next }) => {
    const caller = await ctx.caller();
    const signedIn = caller.signedIn;
    if (!signedIn) throw toTrpcError(new Refusal('not_authenticated'));
    return next({ ctx: { signedIn, caller: () => Promise.resolve(caller) } });
  });

  const freshProcedure = signedInProcedure.use(({ ctx, next }) => {
    requireFresh(core, ctx.signedIn);
    return next();
  });

  /** For other servers of ours: `ctx.service` is the service account that calls, which has been given `scope`. */
  const serviceProcedure = (scope: ServiceScope) =>
    guarded.use(async ({ ctx, next }) => {
      const { bearer, origin } = ctx.request;
      return next({ ctx: { service: await requireService(core, bearer, scope, origin) } });
    });

  return { publicProcedure, signedInProcedure, freshProcedure, serviceProcedure };
}

/** The paths of all procedures that check a password, a token or a key. */
export function credentialCalls(built: AnyTRPCRouter): string[] {
  const procedures = Object.entries<AnyTRPCProcedure>(built._def.procedures);
  return procedures.filter(([, procedure]) => (procedure._def.meta as AuthMeta | undefined)?.credential).map(([path]) => path);
}

/** Looks the caller up once per request, when the first procedure asks. */
async function callerOf(core: UserCore, ctx: AuthContext): Promise<Caller> {
  const { request, recognized } = ctx;
  recognized.promise ??= recognize(core, { cookies: request.cookies.session, bearer: request.bearer });
  return {
    origin: request.origin,
    credentials: request.credentials,
    signedIn: (await recognized.promise) as SignedIn | null,
    deviceToken: only(request.cookies.device),
    browserToken: only(request.cookies.registration),
  };
}

function only(values: string[]): string | null {
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** A refusal keeps its reason, a database that is away is `overloaded`, a bug is logged here and masked. */
function translated(core: UserCore, error: TRPCError, ctx: AuthContext, path: string): TRPCError {
  if (error.cause instanceof Refusal) return toTrpcError(error.cause);
  if (isDatabaseUnavailable(error.cause)) return toTrpcError(new Refusal('overloaded', { retryAfterSeconds: 1 }));
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    core.host.log.error({ err: error.cause ?? error, path, requestId: ctx.request.origin.requestId }, 'a procedure failed');
  }
  return markApplicationError(error);
}

/** R-STO-06: whatever the database does, the caller hears within this time. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toTrpcError(new Refusal('overloaded', { retryAfterSeconds: 2 }))), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export type Procedures = ReturnType<typeof createProcedures>;
