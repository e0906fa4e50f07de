import type { Policy, RenewedSession, SessionSecrets, Tokens } from '@latchkey/user-core';
import type { AuthContext } from './context.ts';

/** An outcome as the caller may read it: tokens in the place of the session's secrets. */
type HandedOver<Outcome> = Outcome extends { secrets: SessionSecrets } ? Omit<Outcome, 'secrets'> & { tokens: Tokens | null } : Outcome;

/** Puts the secrets of a new session where they belong, and gives back what the caller may read. */
export function handOver<Outcome extends { status: string }>(ctx: AuthContext, policy: Policy, outcome: Outcome): HandedOver<Outcome> {
  if (!('secrets' in outcome)) return outcome as HandedOver<Outcome>;
  const { secrets, ...rest } = outcome as Outcome & { secrets: SessionSecrets };
  if (secrets.sessionToken !== null) {
    ctx.cookies.set('session', secrets.sessionToken, policy.session.absoluteSeconds);
    ctx.cookies.clear('registration');
  }
  setDeviceCookie(ctx, policy, secrets);
  return { ...rest, tokens: secrets.tokens } as HandedOver<Outcome>;
}

/** Lets the account know this browser again. */
export function setDeviceCookie(ctx: AuthContext, policy: Policy, { deviceToken }: { deviceToken: string | null }): void {
  if (deviceToken !== null) ctx.cookies.set('device', deviceToken, policy.device.seconds);
}

/** Renews the cookie of a session that goes on. */
export function renewCookie(ctx: AuthContext, policy: Policy, renewed: RenewedSession): void {
  if (renewed.sessionToken !== null) ctx.cookies.set('session', renewed.sessionToken, policy.session.absoluteSeconds);
}
