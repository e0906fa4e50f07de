import { mailResetToken } from '../password/request-reset.ts';
import { mailVerificationToken } from '../registration/resend-verification.ts';
import type { UserCore } from '../user-core.ts';
import { claimDueMail, claimMailRequest, updateMailPostponed } from './mail.store.ts';
import type { MailRequest } from './mail.ts';
import { type ClaimedMail, openSealed } from './outbox.ts';

const leaseMilliseconds = 60_000;

/** Who answers a request: each looks for somebody to mail to and, if there is, writes the mail. */
const answers = { verify_email: mailVerificationToken, reset_password: mailResetToken };

/**
 * Takes a mail that is due, for the next minute; null when another process has it, it was sent, or it has to wait. A
 * process that dies over it loses nothing: it is due again when the minute is over. A request for mail is answered here
 * instead, which writes the mail that is to be claimed next, or none.
 */
export async function claimMail(core: UserCore, id: string): Promise<ClaimedMail | null> {
  const now = core.host.clock.now();
  const row = await claimDueMail(core.db, id, now, new Date(now.getTime() + leaseMilliseconds));
  if (!row?.sealed) return null;
  if (row.kind === 'request') {
    await answerRequest(core, id, openSealed<MailRequest>(core, id, row.sealed));
    return null;
  }
  const mail = openSealed(core, id, row.sealed);
  if (mail) return { id, mail, attempts: row.attempts, createdAt: row.createdAt };
  core.host.log.error({ mailId: id }, 'a mail was sealed with a root secret that is gone, and is given up');
  await updateMailPostponed(core.db, id, { failedAt: now });
  return null;
}

/** In one transaction: what was asked for is answered once, and not lost with the process. */
async function answerRequest(core: UserCore, id: string, request: MailRequest | null): Promise<void> {
  await core.db.transaction(async (tx) => {
    if ((await claimMailRequest(tx, id)) && request) await answers[request.kind](core, tx, request);
  });
}
