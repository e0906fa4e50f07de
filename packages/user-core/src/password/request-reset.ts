import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import type { MailRequest } from '../mail/mail.ts';
import { requestMail, writeMail } from '../mail/outbox.ts';
import { findNewestRegistrationByEmail, lockEmail } from '../registration/registration.store.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserByEmail, findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';

/**
 * Mails a reset token, to the stored address, when there is somebody to mail it to. That is looked up after the answer,
 * which therefore says nothing, in its time neither (R-PWD-10). Refusals: `too_many_attempts`.
 */
export async function requestReset(core: UserCore, input: { email: string }, caller: Caller): Promise<void> {
  const address = canonicalEmail(input.email);
  await core.limits.charge('requestReset', { ip: caller.origin.ip, account: address?.canonical ?? input.email.slice(0, 320) });
  if (!address || !(await core.limits.tryCharge('mail', address.canonical))) return;
  await requestMail(core, { kind: 'reset_password', emailCanonical: address.canonical, browserHash: null, origin: caller.origin });
}

/** Answers such a request: for an account, or for the newest registration that waits for its address to be proven: a reset proves it too. */
export async function mailResetToken(core: UserCore, tx: Transaction, request: MailRequest): Promise<void> {
  await lockEmail(tx, request.emailCanonical);
  const known = await findUserByEmail(tx, request.emailCanonical);
  const user = known && (await findUserForUpdate(tx, known.id));
  await insertAudit(tx, core.host.clock, request.origin, { event: 'password_reset_request', userId: user?.id ?? null });
  if (user) {
    const content = await issueOneTimeToken(core, tx, 'reset_password', { userId: user.id }, user.email);
    await writeMail(core, tx, { kind: 'reset_password', to: user.email, content }, user.id);
    return;
  }
  const pending = await findNewestRegistrationByEmail(tx, request.emailCanonical, core.host.clock.now());
  if (!pending) return;
  const content = await issueOneTimeToken(core, tx, 'reset_password', { registrationId: pending.id }, pending.email);
  await writeMail(core, tx, { kind: 'reset_password', to: pending.email, content }, null);
}
