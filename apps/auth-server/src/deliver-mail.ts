import { claimMail, type Mail, markMailSent, postponeMail, type UserCore } from '@latchkey/user-core';
import type { ServerLog } from './log.ts';

/** Hands a mail over to whoever carries it. `isPermanent` errors are not worth another attempt. */
export type MailTransport = {
  deliver(id: string, mail: Mail): Promise<void>;
  isPermanent(error: unknown): boolean;
  /** True for the development mailbox, which is read from the sent mails. */
  keepsContent: boolean;
};

/** Sends a mail that is due and not in other hands. Answers when to try again; null when it is sent, given up or not ours. */
export async function deliverMail(core: UserCore, transport: MailTransport, mailId: string, log: ServerLog): Promise<Date | null> {
  const claimed = await claimMail(core, mailId);
  if (!claimed) return null;
  try {
    await transport.deliver(claimed.id, claimed.mail);
  } catch (error) {
    const nextAttemptAt = await postponeMail(core, claimed, transport.isPermanent(error));
    const fields = { mailId: claimed.id, kind: claimed.mail.kind, attempts: claimed.attempts, nextAttemptAt };
    log.warn({ err: error, ...fields }, 'a mail could not be sent');
    return nextAttemptAt;
  }
  await markMailSent(core, claimed.id, transport.keepsContent);
  return null;
}
