import type { Policy } from '@latchkey/user-core';
import type { AuthContext } from '../context.ts';

/** Lets the browser that registered prove its address without the password (R-REG-08). */
export function bindBrowser(ctx: AuthContext, policy: Policy, browserToken: string | null): void {
  if (browserToken !== null) ctx.cookies.set('registration', browserToken, policy.token.verifyEmailSeconds);
}
