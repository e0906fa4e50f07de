import { findUsersForService, revokeSessionsForService, type UserCore } from '@latchkey/user-core';
import { type Procedures, router } from '../trpc.ts';
import { findUsersInput, revokeUserSessionsInput } from './auth.inputs.ts';
import { revokedCountOutput, usersOutput } from './auth.outputs.ts';

/** What other servers of ours may do, each in its own name and as far as its scopes go. */
export function usersRoutes<Fields>(core: UserCore, { serviceProcedure }: Procedures) {
  return router({
    find: serviceProcedure('users:read')
      .input(findUsersInput)
      .output(usersOutput<Fields>())
      .query(({ input }) => findUsersForService(core, input)),

    revokeSessions: serviceProcedure('sessions:revoke')
      .input(revokeUserSessionsInput)
      .output(revokedCountOutput)
      .mutation(async ({ ctx, input }) => ({
        status: 'revoked',
        count: await revokeSessionsForService(core, input.userId, ctx.service, ctx.request.origin),
      })),
  });
}
