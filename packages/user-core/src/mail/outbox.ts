import type { Transaction } from '../database.ts';
import type { Origin } from '../host.ts';
import { newId } from '../new-id.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import {
  countUserMails,
  findDueMails,
  findKeptMails,
  findMailBacklog,
  findMailsWithContent,
  insertMail,
  updateMailPostponed,
  updateMailSent,
} from './mail.store.ts';
import type { Mail, MailRequest, Occurrence } from './mail.ts';

const giveUpMilliseconds = 24 * 60 * 60 * 1000;

/** A mail in the hands of one process. */
export type ClaimedMail = { id: string; mail: Mail; attempts: number; createdAt: Date };

/** Writes a mail in the transaction that gives the reason for it: it is sent exactly when that commits (R-OPS-01). */
export async function writeMail(core: UserCore, tx: Transaction, mail: Mail, userId: string | null): Promise<void> {
  await insertSealed(core, tx, mail.kind, mail, userId);
}

/**
 * The same for a notice to an owner that somebody in the account can cause again and again: of one kind so many a day, and
 * fewer to an address that nobody has proven, whose owner may have nothing to do with it.
 */
export async function writeNotice(core: UserCore, tx: Transaction, mail: Mail, user: UserRow): Promise<void> {
  const { perDay, perDayUnproven } = core.policy.notices;
  const dayAgo = new Date(core.host.clock.now().getTime() - 24 * 60 * 60 * 1000);
  const written = await countUserMails(tx, user.id, mail.kind, dayAgo);
  if (written < (user.emailVerifiedAt ? perDay : perDayUnproven)) await writeMail(core, tx, mail, user.id);
}

/** Notes what somebody asked to have mailed, in the same words whether or not there is anybody to mail to. */
export async function requestMail(core: UserCore, request: MailRequest): Promise<void> {
  await core.db.transaction((tx) => insertSealed(core, tx, 'request', request, null));
}

async function insertSealed(core: UserCore, tx: Transaction, kind: string, content: Mail | MailRequest, userId: string | null) {
  const id = newId(core.host);
  const sealed = core.keys.seal('mail', JSON.stringify(content), id);
  const now = core.host.clock.now();
  await insertMail(tx, { id, kind, sealed, userId, createdAt: now, nextAttemptAt: now });
  await core.host.jobs.enqueueMail(tx, id);
}

/** What a notice tells: when and from where the call came that caused it. */
export function occurrence(core: UserCore, origin: Origin): Occurrence {
  return { occurredAt: core.host.clock.now(), ip: origin.ip, userAgent: origin.userAgent };
}

/** Mails that are due and whose job may have been lost with its process. */
export async function dueMails(core: UserCore, limit: number): Promise<string[]> {
  return findDueMails(core.db, core.host.clock.now(), limit);
}

/** Marks a mail as handed over. With `keepContent` it stays readable, for the mailbox of a developer's machine. */
export async function markMailSent(core: UserCore, id: string, keepContent: boolean): Promise<void> {
  await updateMailSent(core.db, id, core.host.clock.now(), keepContent);
}

/**
 * After a failed attempt: when to try again, 2, 4, 8 … 60 seconds from now; null when it is given up, which is at once
 * when the server refused for good, and after a day otherwise. It is a dead letter then.
 */
export async function postponeMail(core: UserCore, claimed: ClaimedMail, isPermanent: boolean): Promise<Date | null> {
  const now = core.host.clock.now();
  if (isPermanent || now.getTime() - claimed.createdAt.getTime() > giveUpMilliseconds) {
    await updateMailPostponed(core.db, claimed.id, { failedAt: now });
    return null;
  }
  const nextAttemptAt = new Date(now.getTime() + Math.min(2 ** claimed.attempts, 60) * 1000);
  await updateMailPostponed(core.db, claimed.id, { nextAttemptAt });
  return nextAttemptAt;
}

/** The newest mails whose content was kept, newest first. */
export async function keptMails(core: UserCore, limit: number): Promise<{ id: string; mail: Mail; sentAt: Date }[]> {
  const rows = await findKeptMails(core.db, limit);
  return rows.flatMap((row) => {
    const mail = row.sealed ? openSealed(core, row.id, row.sealed) : null;
    return mail && row.sentAt ? [{ id: row.id, mail, sentAt: row.sentAt }] : [];
  });
}

/** Every mail whose content is still there, oldest first, sent or not. */
export async function allMails(core: UserCore): Promise<Mail[]> {
  const rows = await findMailsWithContent(core.db);
  return rows.flatMap((row) => (row.sealed ? [openSealed(core, row.id, row.sealed)] : [])).filter((mail) => mail !== null);
}

/** How many mails wait, since when the oldest does that nobody has tried to send yet, and how many were given up. */
export async function mailBacklog(core: UserCore): Promise<{ waiting: number; dead: number; oldestUntriedAt: Date | null }> {
  return findMailBacklog(core.db);
}

/** Null when it was sealed under a secret that is gone. */
export function openSealed<T extends Mail | MailRequest = Mail>(core: UserCore, id: string, sealed: string): T | null {
  const text = core.keys.open('mail', sealed, id);
  return text === null ? null : (JSON.parse(text, reviveDates) as T);
}

function reviveDates(key: string, value: unknown): unknown {
  return key.endsWith('At') && typeof value === 'string' ? new Date(value) : value;
}
