import {
  completeRegistration,
  disconnectSocial,
  type FieldDefaults,
  finishSocial,
  listProviders,
  listSocialAccounts,
  loginWithIdToken,
  startSocial,
  type UserCore,
} from '@latchkey/user-core';
import type { z } from 'zod';
import type { FieldsInputOf, SocialProcedures } from '../api/api.ts';
import { type Procedures, router } from '../trpc.ts';
import { newFieldsInput } from '../user-fields.ts';
import { bindFlow, handOverSocial } from './hand-over-social.ts';
import { completeRegistrationInput, disconnectInput, finishInput, idTokenInput, startInput } from './social.inputs.ts';
import { accountsOutput, disconnectedOutput, providersOutput, socialOutput, startedOutput } from './social.outputs.ts';

export function socialRoutes<F extends z.ZodObject>(core: UserCore, procedures: Procedures, fields: F) {
  const { publicProcedure, signedInProcedure, freshProcedure } = procedures;
  type Fields = z.output<F>;
  const newFields = newFieldsInput(fields);
  // What is kept of a person who says nothing; null where the application demands that they say something.
  const defaults = async () => ((await newFields.safeParseAsync({})).data ?? null) as FieldDefaults;

  // Said below in plain types, which the compiler cannot reach while `F` is open; a test compares them for real fields.
  const completing = publicProcedure
    .meta({ credential: true, setsCookies: true })
    .input(completeRegistrationInput(fields))
    .output(socialOutput<Fields>())
    .mutation(async ({ ctx, input }) => handOverSocial(ctx, core, await completeRegistration(core, input, await ctx.caller())));

  return router({
    providers: publicProcedure.output(providersOutput).query(() => listProviders(core)),

    start: publicProcedure
      .meta({ setsCookies: true, asksProvider: true })
      .input(startInput)
      .output(startedOutput)
      .mutation(async ({ ctx, input }) => {
        const { socialToken, ...started } = await startSocial(core, input, await ctx.caller());
        bindFlow(ctx, core, socialToken);
        return started;
      }),

    finish: publicProcedure
      .meta({ credential: true, setsCookies: true, asksProvider: true })
      .input(finishInput)
      .output(socialOutput<Fields>())
      .mutation(async ({ ctx, input }) => handOverSocial(ctx, core, await finishSocial(core, input, await defaults(), await ctx.caller()))),

    loginWithIdToken: publicProcedure
      .meta({ credential: true, setsCookies: true, asksProvider: true })
      .input(idTokenInput)
      .output(socialOutput<Fields>())
      .mutation(async ({ ctx, input }) =>
        handOverSocial(ctx, core, await loginWithIdToken(core, input, await defaults(), await ctx.caller())),
      ),

    completeRegistration: completing as unknown as SocialProcedures<Fields, FieldsInputOf<F>>['completeRegistration'],

    accounts: signedInProcedure.output(accountsOutput).query(({ ctx }) => listSocialAccounts(core, ctx.signedIn)),

    disconnect: freshProcedure
      .input(disconnectInput)
      .output(disconnectedOutput)
      .mutation(async ({ ctx, input }) => {
        await disconnectSocial(core, ctx.signedIn, input, await ctx.caller());
        return { status: 'disconnected' };
      }),
  });
}
