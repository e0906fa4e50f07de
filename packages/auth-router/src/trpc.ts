import {
  type Caller,
  isDatabaseUnavailable,
  type Recognized,
  Refusal,
  recognize,
  recordRefusal,
  requireFresh,
  requireService,
  type ServiceScope,
  type UserCore,
} from '@latchkey/user-core';
import { initTRPC, type TRPCError } from '@trpc/server';
import type { AuthMeta } from './api/api.ts';
import type { AuthErrorShape } from './api/errors.ts';
import { markApplicationError } from './application-error.ts';
import { createCallGate } from './call-gate.ts';
import type { AuthContext } from './context.ts';
import { errorShape, toTrpcError } from './error-shape.ts';
import { wireFormat } from './wire-format.ts';
import { withinSeconds } from './within-seconds.ts';

const t = initTRPC
  .context<AuthContext>()
  .meta<AuthMeta>()
  .create({
    transformer: wireFormat,
    isDev: false,
    errorFormatter: ({ error, ctx, path }): AuthErrorShape => errorShape(error, ctx?.request.origin.requestId ?? 'none', path),
  });

export const router = t.router;

const answerWithinSeconds = 5;
const answerWithProviderWithinSeconds = 9;
const recordWithinSeconds = 1;
const maxInFlight = 400;
const maxCalls = 10;
const needless = { path: '', code: 'unrecognized_keys', message: 'This takes no input.' };

/**
 * The procedures everything is built from. `isCredential` tells by its name whether a procedure checks credentials,
 * `takesNoInput` whether it has nothing to be told. Ours answer within five seconds, and so many run at a time; how long an
 * application's own may take is for it to say.
 */
export function createProcedures(
  core: UserCore,
  { isCredential, takesNoInput }: Record<'isCredential' | 'takesNoInput', (path: string) => boolean>,
) {
  const translating = t.procedure.use(async ({ ctx, path, meta, getRawInput, next }) => {
    if (ctx.request.calls.length > maxCalls) throw toTrpcError(new Refusal('batch_refused'));
    if (meta?.setsCookies && ctx.request.isStream) throw toTrpcError(new Refusal('batch_refused'));
    if (isCredential(path) && ctx.request.calls.filter(isCredential).length > 1) throw toTrpcError(new Refusal('batch_refused'));
    // Read here as well as by whoever parses it (it is kept): an input that cannot be read is not the application's error.
    const { input, unreadable } = await getRawInput().then(
      (value) => ({ input: value, unreadable: null }),
      (error: unknown) => ({ input: undefined, unreadable: error }),
    );
    if (takesNoInput(path) && !isNothing(input)) throw toTrpcError(new Refusal('invalid_input', { fields: [needless] }));
    const result = await next();
    if (result.ok) return result;
    if (result.error === unreadable) throw toTrpcError(new Refusal('invalid_input'));
    await recordRefused(core, ctx, path, result.error);
    throw translated(core, result.error, ctx, path);
  });

  const gate = createCallGate(maxInFlight);
  const bounded = translating.use(({ meta, next }) =>
    gate(meta?.asksProvider ? answerWithProviderWithinSeconds : answerWithinSeconds, next),
  );

  /** For other servers of ours: `ctx.service` is the service account that calls, which has been given `scope`. */
  const serviceProcedure = (scope: ServiceScope) =>
    bounded.meta({ access: 'service', scope }).use(async ({ ctx, next }) => {
      const { bearer, origin } = ctx.request;
      return next({ ctx: { service: await requireService(core, bearer, scope, origin) } });
    });

  return { ...recognizing(core, bounded), serviceProcedure, ofApplication: recognizing(core, translating) };
}

/** For anyone, for who is signed in, and for who has proven it lately. */
function recognizing(core: UserCore, base: typeof t.procedure) {
  const publicProcedure = base.meta({ access: 'anyone' }).use(({ ctx, next }) => next({ ctx: { caller: () => callerOf(core, ctx) } }));

  const signedInProcedure = publicProcedure.meta({ access: 'signed_in' }).use(async ({ ctx, next }) => {
    const caller = await ctx.caller();
    const signedIn = caller.signedIn;
    if (!signedIn) throw toTrpcError(new Refusal('not_authenticated'));
    return next({ ctx: { signedIn, caller: () => Promise.resolve(caller) } });
  });

  const freshProcedure = signedInProcedure.meta({ access: 'fresh' }).use(({ ctx, next }) => {
    requireFresh(core, ctx.signedIn);
    return next();
  });

  return { publicProcedure, signedInProcedure, freshProcedure };
}

/** Nothing, in any of the ways in which clients write it. */
function isNothing(input: unknown): boolean {
  return input === undefined || input === null || (typeof input === 'object' && Object.keys(input).length === 0);
}

/** Looks the caller up once per request, when the first procedure asks. */
async function callerOf(core: UserCore, ctx: AuthContext): Promise<Caller> {
  const { request, recognized } = ctx;
  recognized.promise ??= withinSeconds(answerWithinSeconds, () =>
    recognize(core, { cookies: request.cookies.session, bearer: request.bearer }),
  );
  return {
    origin: request.origin,
    credentials: request.credentials,
    ...((await recognized.promise) as Recognized),
    deviceToken: only(request.cookies.device),
    browserToken: only(request.cookies.registration),
    socialToken: only(request.cookies.social),
  };
}

/** Writes down a refusal that is an event in itself, and never holds its answer up for long. */
async function recordRefused(core: UserCore, { request, recognized }: AuthContext, path: string, { cause }: TRPCError): Promise<void> {
  if (!(cause instanceof Refusal)) return;
  const who = (await recognized.promise?.catch(() => null)) as Recognized | null | undefined;
  const recording = () => recordRefusal(core, cause.reason, path, request.origin, who?.signedIn ?? null);
  await withinSeconds(recordWithinSeconds, recording).catch(() => undefined);
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

export type Procedures = ReturnType<typeof createProcedures>;
