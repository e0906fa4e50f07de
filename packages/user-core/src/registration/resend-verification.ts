import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import type { MailRequest } from '../mail/mail.ts';
import { requestMail, writeMail } from '../mail/outbox.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserByEmail, findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { browserHash } from './browser.ts';
import { findRegistrationOfBrowser, lockEmail } from './registration.store.ts';

/**
 * Mails a new verification token; the earlier one is dead. Silent about whether there was anything to verify (R-REG-12).
 * Refusals: `too_many_attempts`.
 */
export async function resendVerification(core: UserCore, input: { email: string }, caller: Caller): Promise<void> {
  const address = canonicalEmail(input.email);
  await core.limits.charge('resendVerification', { ip: caller.origin.ip, account: address?.canonical ?? input.email.slice(0, 320) });
  if (!address || !(await core.limits.tryCharge('mail', `resend ${address.canonical}`))) return;
  await requestMail(core, {
    kind: 'verify_email',
    emailCanonical: address.canonical,
    browserHash: browserHash(caller),
    origin: caller.origin,
  });
}

/**
 * Answers such a request: for an account that is not proven yet, or for a pending registration. The one that the asking
 * browser made comes first, so that a stranger who registers the same address is not in the way.
 */
export async function mailVerificationToken(core: UserCore, tx: Transaction, request: MailRequest): Promise<void> {
  await lockEmail(tx, request.emailCanonical);
  const known = await findUserByEmail(tx, request.emailCanonical);
  const user = known && (await findUserForUpdate(tx, known.id));
  if (user) {
    if (user.emailVerifiedAt) return;
    const content = await issueOneTimeToken(core, tx, 'verify_email', { userId: user.id }, user.email);
    await writeMail(core, tx, { kind: 'verify_email', to: user.email, content }, user.id);
    return;
  }
  if (core.policy.registration === 'closed') return;
  const pending = await findRegistrationOfBrowser(tx, request, request.browserHash, core.host.clock.now());
  if (!pending) return;
  const content = await issueOneTimeToken(core, tx, 'verify_email', { registrationId: pending.id }, pending.email);
  await writeMail(core, tx, { kind: 'verify_email', to: pending.email, content }, null);
}
