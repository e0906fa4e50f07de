import type { MailKind, Occurrence } from '@latchkey/user-core';
import { composeLetter } from './letter.tsx';
import type { MailSite, MailTemplates, RenderedParts } from './mail-template.ts';
import { oneLine, shownAddress, shownIp, shownProgram, shownTime } from './shown-text.ts';
import type { tokenMails } from './token-mails.ts';

type NoticeKind = Exclude<MailKind, keyof typeof tokenMails>;
type Notice = { subject: string; happened: string; advice: string };

const resetAtOnce = 'If this was not you, someone else may be in your account: reset your password and end all your sessions at once.';

function notice(content: Occurrence, site: MailSite, { subject, happened, advice }: Notice): RenderedParts {
  const facts = [
    ['When', shownTime(content.occurredAt)],
    ['IP address', shownIp(content.ip)],
    ['Browser or program', shownProgram(content.userAgent)],
  ] as const;
  return composeLetter({ subject, paragraphs: [happened], facts, advice }, site);
}

/** Shows no IP address and no program: the reader is a stranger to whoever asked, and learns nothing about them. */
function noticeAboutStranger(occurredAt: Date, site: MailSite, { subject, happened, advice }: Notice): RenderedParts {
  return composeLetter({ subject, paragraphs: [happened], facts: [['When', shownTime(occurredAt)]], advice }, site);
}

/** Mails that tell what happened to an account. */
export const noticeMails: Pick<MailTemplates, NoticeKind> = {
  already_registered: ({ occurredAt }, site) =>
    noticeAboutStranger(occurredAt, site, {
      subject: `You already have an account at ${site.name}`,
      happened: `Someone tried to register at ${site.name} with this address, which already has an account. Nothing was changed.`,
      advice: 'If this was you, log in instead, or reset your password if you forgot it. If this was not you, there is nothing to do.',
    }),
  email_change_refused: ({ occurredAt }, site) =>
    noticeAboutStranger(occurredAt, site, {
      subject: `This address was not added to another account at ${site.name}`,
      happened: `Someone asked to move their account at ${site.name} to this address. It already belongs to your account, so it was refused.`,
      advice: 'If this was you, choose another address or delete this account first. If this was not you, there is nothing to do.',
    }),
  email_change_requested: (content, site) =>
    notice(content, site, {
      subject: `A change of your email address was requested at ${site.name}`,
      happened: `Someone logged in to your account asked to change its address to ${shownAddress(content.newEmail)}. It changes once the new address is confirmed.`,
      advice: resetAtOnce,
    }),
  email_changed: (content, site) =>
    notice(content, site, {
      subject: `Your email address at ${site.name} was changed`,
      happened: `The address of your account is now ${shownAddress(content.newEmail)}. Mails about the account go there from now on.`,
      advice: `If this was not you, someone else has taken over the account: tell the people who run ${site.name} at once.`,
    }),
  password_changed: (content, site) =>
    notice(content, site, {
      subject: `Your password for ${site.name} was changed`,
      happened: 'Your account has a new password. The old one no longer works.',
      advice: resetAtOnce,
    }),
  new_device: (content, site) =>
    notice(content, site, {
      subject: `New login to your account at ${site.name}`,
      happened: 'Your account was logged in to from a device that it had not been used on before.',
      advice: resetAtOnce,
    }),
  login_after_failures: (content, site) =>
    notice(content, site, {
      subject: `Login to your account at ${site.name} after failed attempts`,
      happened: `Your account was logged in to after ${content.failures} failed ${content.failures === 1 ? 'attempt' : 'attempts'}.`,
      advice: resetAtOnce,
    }),
  login_locked: (content, site) =>
    notice(content, site, {
      subject: `Password login to your account at ${site.name} was stopped`,
      happened:
        'Too many wrong passwords were tried, so your password is no longer accepted from unknown devices. To log in, use a device you have used before or reset your password.',
      advice: 'If the attempts were not yours, make sure that you use this password nowhere else, and choose a longer one if you do.',
    }),
  refresh_reused: (content, site) =>
    notice(content, site, {
      subject: `A session of your account at ${site.name} was ended`,
      happened: 'The secret of one of your sessions was used twice, which happens when it was copied. The session was ended to be safe.',
      advice: 'Log in again to go on. If you do not know this place or program, reset your password and end all your sessions at once.',
    }),
  social_connected: (content, site) =>
    notice(content, site, {
      subject: `Another way to log in to your account at ${site.name} was added`,
      happened: `Your account was connected to ${oneLine(content.provider)}. Whoever is logged in there can log in here.`,
      advice:
        'If this was not you, someone else may be in your account: disconnect it, reset your password and end all your sessions at once.',
    }),
  social_disconnected: (content, site) =>
    notice(content, site, {
      subject: `A way to log in to your account at ${site.name} was removed`,
      happened: `Your account is no longer connected to ${oneLine(content.provider)}. Sessions that were opened by way of it were ended.`,
      advice: resetAtOnce,
    }),
  account_deleted: (content, site) =>
    notice(content, site, {
      subject: `Your account at ${site.name} was deleted`,
      happened: 'Your account was deleted. Nobody can log in to it any more.',
      advice: `If this was not you, tell the people who run ${site.name} at once.`,
    }),
};
