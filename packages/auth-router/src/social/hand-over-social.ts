import type { SocialAnswer, UserCore } from '@latchkey/user-core';
import type { AuthContext } from '../context.ts';
import { bindBrowser } from '../registration/bind-browser.ts';
import { handOver } from '../session-cookies.ts';

/** Gives a browser the cookies that go with what happened, and everybody what they may read. */
export function handOverSocial(ctx: AuthContext, core: UserCore, { outcome, browserToken, socialToken }: SocialAnswer) {
  bindBrowser(ctx, core.policy, browserToken);
  bindFlow(ctx, core, socialToken);
  return handOver(ctx, core.policy, outcome);
}

/** Ties what was begun to this browser until it is over. */
export function bindFlow(ctx: AuthContext, core: UserCore, socialToken: string | null): void {
  if (socialToken !== null) ctx.cookies.set('social', socialToken, core.policy.social.flowSeconds);
}
