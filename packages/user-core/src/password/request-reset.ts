import { insertAudit } from '../audit/audit.store.ts';
import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import type { MailRequest } from '../mail/mail.ts';
import { requestMail, writeMail } from '../mail/outbox.ts';
import { browserHash } from '../registration/browser.ts';
import { findRegistrationOfBrowser, lockEmail } from '../registration/registration.store.ts';
import { knownDevice } from '../session/note-device.ts';
import { issueOneTimeToken } from '../token/one-time-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUser, findUserByEmail, findUserForUpdate } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';

/**
 * Mails a reset token, to the stored address, when there is somebody to mail it to. That is looked up after the answer,
 * which therefore says nothing, in its time neither (R-PWD-10). Refusals: `too_many_attempts`.
 */
export async function requestReset(core: UserCore, input: { email: string }, caller: Caller): Promise<void> {
  const address = canonicalEmail(input.email);
  await core.limits.chargeClient('requestReset', caller.origin.ip);
  const isKnown = address !== null && (await isKnownTo(core, address.canonical, caller));
  const account = address?.canonical ?? input.email.slice(0, 320);
  await core.limits.chargeAccount('requestReset', isKnown ? `known ${account}` : account);
  if (!address || !(await core.limits.tryCharge('mail', `${isKnown ? 'known' : 'reset'} ${address.canonical}`))) return;
  await requestMail(core, {
    kind: 'reset_password',
    emailCanonical: address.canonical,
    browserHash: browserHash(caller),
    origin: caller.origin,
  });
}

/** A browser that has logged in there has a share of its own: strangers who ask for resets cannot keep the owner from one (R-SES-15). */
async function isKnownTo(core: UserCore, emailCanonical: string, caller: Caller): Promise<boolean> {
  const device = await knownDevice(core, core.db, caller);
  const user = device && (await findUser(core.db, device.userId));
  return user?.emailCanonical === emailCanonical;
}

/**
 * Answers such a request: for an account, or for a registration that waits for its address to be proven, the asking browser's
 * own or else the newest: a reset proves it too.
 */
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
  if (core.policy.registration === 'closed') return;
  const pending = await findRegistrationOfBrowser(tx, request, request.browserHash, core.host.clock.now());
  if (!pending) return;
  const content = await issueOneTimeToken(core, tx, 'reset_password', { registrationId: pending.id }, pending.email);
  await writeMail(core, tx, { kind: 'reset_password', to: pending.email, content }, null);
}
