import type { LoginOutcome, Policy, RenewedSession } from '@latchkey/user-core';
import type { AuthContext } from './context.ts';

/** Puts the secrets of a new session where they belong, and gives back what the caller may read. */
export function handOver<Outcome extends { status: string }>(ctx: AuthContext, policy: Policy, outcome: Outcome | LoginOutcome) {
  if (!('secrets' in outcome)) return outcome as Exclude<Outcome, { secrets: unknown }>;
  const { secrets, ...rest } = outcome;
  if (secrets.sessionToken !== null) {
    ctx.cookies.set('session', secrets.sessionToken, policy.session.absoluteSeconds);
    ctx.cookies.clear('registration');
  }
  if (secrets.deviceToken !== null) ctx.cookies.set('device', secrets.deviceToken, policy.device.seconds);
  return { ...rest, tokens: secrets.tokens };
}

/** Renews the cookie of a session that goes on. */
export function renewCookie(ctx: AuthContext, policy: Policy, renewed: RenewedSession): void {
  if (renewed.sessionToken !== null) ctx.cookies.set('session', renewed.sessionToken, policy.session.absoluteSeconds);
}
