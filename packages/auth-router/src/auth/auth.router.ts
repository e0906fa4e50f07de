import {
  deleteMe,
  exchangeServiceKey,
  listSessions,
  login,
  logout,
  reauthenticate,
  refresh,
  revokeOtherSessions,
  revokeSession,
  toUser,
  type UserCore,
  updateMe,
  verifyToken,
} from '@latchkey/user-core';
import type { z } from 'zod';
import type { FieldsOf } from '../api/api.ts';
import { handOver, renewCookie } from '../session-cookies.ts';
import { type Procedures, router } from '../trpc.ts';
import { loginOutput, tokensOutput, userOutput } from '../user.outputs.ts';
import {
  loginInput,
  reauthenticateInput,
  refreshInput,
  revokeSessionInput,
  serviceTokenInput,
  updateUserInput,
  verifyTokenInput,
} from './auth.inputs.ts';
import {
  currentOutput,
  deletedOutput,
  loggedOutOutput,
  reauthenticatedOutput,
  revokedCountOutput,
  revokedOutput,
  serviceTokenOutput,
  sessionsOutput,
  tokenStatusOutput,
} from './auth.outputs.ts';
import { current } from './current.ts';
import { usersRoutes } from './users.router.ts';

export function authRoutes<F extends z.ZodObject>(core: UserCore, procedures: Procedures, fields: F) {
  const { publicProcedure, signedInProcedure, freshProcedure } = procedures;
  type Fields = FieldsOf<F>;

  return router({
    login: publicProcedure
      .meta({ credential: true, setsCookies: true })
      .input(loginInput)
      .output(loginOutput<Fields>())
      .mutation(async ({ ctx, input }) => handOver(ctx, core.policy, await login(core, input, await ctx.caller()))),

    logout: publicProcedure
      .meta({ setsCookies: true })
      .output(loggedOutOutput)
      .mutation(async ({ ctx }) => {
        // First: the browser forgets us also when the session cannot be ended just now.
        ctx.cookies.clearSite();
        await logout(core, await ctx.caller());
        return { status: 'logged_out' };
      }),

    session: publicProcedure.output(currentOutput<Fields>()).query(async ({ ctx }) => current(await ctx.caller())),

    user: signedInProcedure.output(userOutput<Fields>()).query(({ ctx }) => toUser(ctx.signedIn.user)),

    updateUser: signedInProcedure
      .input(updateUserInput(fields))
      .output(userOutput<Fields>())
      .mutation(async ({ ctx, input }) => updateMe(core, ctx.signedIn, input, await ctx.caller())),

    deleteUser: freshProcedure
      .meta({ setsCookies: true })
      .output(deletedOutput)
      .mutation(async ({ ctx }) => {
        await deleteMe(core, ctx.signedIn, await ctx.caller());
        ctx.cookies.clearSite();
        return { status: 'deleted' };
      }),

    refresh: publicProcedure
      .meta({ credential: true })
      .input(refreshInput)
      .output(tokensOutput)
      .mutation(async ({ ctx, input }) => refresh(core, input.refreshToken, await ctx.caller())),

    verifyToken: publicProcedure
      .input(verifyTokenInput)
      .output(tokenStatusOutput)
      .mutation(({ input }) => verifyToken(core, input.token)),

    serviceToken: publicProcedure
      .meta({ credential: true })
      .input(serviceTokenInput)
      .output(serviceTokenOutput)
      .mutation(({ ctx, input }) => exchangeServiceKey(core, input, ctx.request.origin)),

    users: usersRoutes<Fields>(core, procedures),

    reauthenticate: signedInProcedure
      .meta({ credential: true, setsCookies: true })
      .input(reauthenticateInput)
      .output(reauthenticatedOutput)
      .mutation(async ({ ctx, input }) => {
        const renewed = await reauthenticate(core, ctx.signedIn, input, await ctx.caller());
        renewCookie(ctx, core.policy, renewed);
        return { status: 'reauthenticated', freshUntil: renewed.freshUntil };
      }),

    sessions: router({
      list: signedInProcedure.output(sessionsOutput).query(async ({ ctx }) => listSessions(core, ctx.signedIn, await ctx.caller())),

      revoke: signedInProcedure
        .input(revokeSessionInput)
        .output(revokedOutput)
        .mutation(async ({ ctx, input }) => {
          await revokeSession(core, ctx.signedIn, input.sessionId, await ctx.caller());
          return { status: 'revoked' };
        }),

      revokeOthers: signedInProcedure
        .output(revokedCountOutput)
        .mutation(async ({ ctx }) => ({ status: 'revoked', count: await revokeOtherSessions(core, ctx.signedIn, await ctx.caller()) })),
    }),
  });
}
