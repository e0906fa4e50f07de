import { changePassword, confirmReset, requestReset, setPassword, type UserCore } from '@latchkey/user-core';
import { emailOnlyInput } from '../registration/registration.inputs.ts';
import { acceptedOutput } from '../registration/registration.outputs.ts';
import { renewCookie, setDeviceCookie } from '../session-cookies.ts';
import { type Procedures, router } from '../trpc.ts';
import { passwordChangedOutput } from '../user.outputs.ts';
import { changePasswordInput, confirmResetInput, setPasswordInput } from './password.inputs.ts';
import { resetOutput } from './password.outputs.ts';

export function passwordRoutes(core: UserCore, procedures: Procedures) {
  const { publicProcedure, signedInProcedure } = procedures;

  return router({
    change: signedInProcedure
      .meta({ credential: true, setsCookies: true })
      .input(changePasswordInput)
      .output(passwordChangedOutput)
      .mutation(async ({ ctx, input }) => {
        const renewed = await changePassword(core, ctx.signedIn, input, await ctx.caller());
        renewCookie(ctx, core.policy, renewed);
        return { status: 'changed', tokens: renewed.tokens };
      }),

    set: signedInProcedure
      // Asks for freshness itself, after it has looked whether there is a password already.
      .meta({ access: 'fresh', credential: true, setsCookies: true })
      .input(setPasswordInput)
      .output(passwordChangedOutput)
      .mutation(async ({ ctx, input }) => {
        const renewed = await setPassword(core, ctx.signedIn, input, await ctx.caller());
        renewCookie(ctx, core.policy, renewed);
        return { status: 'changed', tokens: renewed.tokens };
      }),

    requestReset: publicProcedure
      .input(emailOnlyInput)
      .output(acceptedOutput)
      .mutation(async ({ ctx, input }) => {
        await requestReset(core, input, await ctx.caller());
        return { status: 'accepted' };
      }),

    confirmReset: publicProcedure
      .meta({ credential: true, setsCookies: true })
      .input(confirmResetInput)
      .output(resetOutput)
      .mutation(async ({ ctx, input }) => {
        setDeviceCookie(ctx, core.policy, await confirmReset(core, input, await ctx.caller()));
        return { status: 'reset' };
      }),
  });
}
