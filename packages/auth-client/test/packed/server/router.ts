import { createAuthRouter } from '@latchkey/auth-router';
import type { UserCore } from '@latchkey/user-core';
import { z } from 'zod';

export const fields = z.strictObject({ plan: z.enum(['free', 'paid']).default('free') });

/** Our four routers, and one of the application's own beside them. */
export function createAppRouter(core: UserCore) {
  const { authRouters, router, signedInProcedure } = createAuthRouter({ core, fields });
  return router({ ...authRouters, plan: router({ mine: signedInProcedure.query(({ ctx }) => ctx.me.user.fields.plan) }) });
}

export type AppRouter = ReturnType<typeof createAppRouter>;
