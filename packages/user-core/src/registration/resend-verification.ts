import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { writeMail } from '../mail/outbox.ts';
import { issueOneTimeToken, type TokenOwner } from '../token/one-time-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { findUserByEmail } from '../user/user.store.ts';
import type { UserCore } from '../user-core.ts';
import { findNewestRegistrationByEmail, lockEmail } from './registration.store.ts';

/**
 * Mails a new verification token; the earlier one is dead. Silent about whether there was anything to verify (R-REG-12).
 * Refusals: `too_many_attempts`.
 */
export async function resendVerification(core: UserCore, input: { email: string }, caller: Caller): Promise<void> {
  const address = canonicalEmail(input.email);
  await core.limits.charge('resendVerification', { ip: caller.origin.ip, account: address?.canonical ?? input.email.slice(0, 320) });
  if (!address || !(await core.limits.tryCharge('mail', address.canonical))) return;
  await core.db.transaction(async (tx) => {
    await lockEmail(tx, address.canonical);
    const waiting = await findUnproven(core, tx, address.canonical);
    if (!waiting) return;
    const content = await issueOneTimeToken(core, tx, 'verify_email', waiting.owner, waiting.email);
    await writeMail(
      core,
      tx,
      { kind: 'verify_email', to: waiting.email, content },
      'userId' in waiting.owner ? waiting.owner.userId : null,
    );
  });
}

async function findUnproven(core: UserCore, tx: Transaction, emailCanonical: string): Promise<{ owner: TokenOwner; email: string } | null> {
  const user = await findUserByEmail(tx, emailCanonical);
  if (user) return user.emailVerifiedAt ? null : { owner: { userId: user.id }, email: user.email };
  const registration = await findNewestRegistrationByEmail(tx, emailCanonical, core.host.clock.now());
  return registration && { owner: { registrationId: registration.id }, email: registration.email };
}
