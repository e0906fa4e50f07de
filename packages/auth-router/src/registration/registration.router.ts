import { confirmEmailChange, register, requestEmailChange, resendVerification, type UserCore, verifyEmail } from '@latchkey/user-core';
import type { z } from 'zod';
import type { FieldsInputOf, FieldsOf, RegistrationProcedures } from '../api/api.ts';
import { handOver } from '../session-cookies.ts';
import { type Procedures, router } from '../trpc.ts';
import { loginOutput, verifyEmailOutput } from '../user.outputs.ts';
import { bindBrowser } from './bind-browser.ts';
import { emailOnlyInput, registerInput, tokenOnlyInput, verifyEmailInput } from './registration.inputs.ts';
import { acceptedOutput, emailChangedOutput } from './registration.outputs.ts';

export function registrationRoutes<F extends z.ZodObject>(core: UserCore, procedures: Procedures, fields: F) {
  const { publicProcedure, signedInProcedure, freshProcedure } = procedures;
  type Fields = FieldsOf<F>;

  return router({
    register: publicProcedure
      .meta({ credential: true, setsCookies: true })
      .input(registerInput(fields))
      .output(loginOutput<Fields>())
      .mutation(async ({ ctx, input }) => {
        const { browserToken, ...outcome } = await register(core, input, await ctx.caller());
        bindBrowser(ctx, core.policy, browserToken);
        return handOver(ctx, core.policy, outcome);
        // Whether `fields` must be given is open as long as `F` is; the compiler would leave it at that.
      }) as RegistrationProcedures<Fields, FieldsInputOf<F>>['register'],

    verifyEmail: publicProcedure
      .meta({ credential: true, setsCookies: true })
      .input(verifyEmailInput)
      .output(verifyEmailOutput<Fields>())
      .mutation(async ({ ctx, input }) => handOver(ctx, core.policy, await verifyEmail(core, input, await ctx.caller()))),

    resendVerification: publicProcedure
      .input(emailOnlyInput)
      .output(acceptedOutput)
      .mutation(async ({ ctx, input }) => {
        await resendVerification(core, input, await ctx.caller());
        return { status: 'accepted' };
      }),

    requestEmailChange: freshProcedure
      .input(emailOnlyInput)
      .output(acceptedOutput)
      .mutation(async ({ ctx, input }) => {
        await requestEmailChange(core, ctx.signedIn, input, await ctx.caller());
        return { status: 'accepted' };
      }),

    confirmEmailChange: signedInProcedure
      .meta({ credential: true })
      .input(tokenOnlyInput)
      .output(emailChangedOutput)
      .mutation(async ({ ctx, input }) => {
        await confirmEmailChange(core, ctx.signedIn, input, await ctx.caller());
        return { status: 'email_changed' };
      }),
  });
}
