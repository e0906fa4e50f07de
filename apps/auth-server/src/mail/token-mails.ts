import { composeLetter } from './letter.tsx';
import type { MailSite, MailTemplates } from './mail-template.ts';
import { shownAddress, shownTime } from './shown-text.ts';

type TokenMailKind = 'verify_email' | 'reset_password' | 'confirm_email_change';

/** The token stands behind `#`: browsers keep a fragment to themselves, so it reaches no server's log and no referrer. */
function tokenLink(site: MailSite, page: string, token: string): string {
  return `${site.publicUrl.replace(/\/+$/, '')}/${page}#token=${encodeURIComponent(token)}`;
}

function linkLifetime(expiresAt: Date): string {
  return `The link works once, until ${shownTime(expiresAt)}.`;
}

/** Mails that carry a secret link. */
export const tokenMails: Pick<MailTemplates, TokenMailKind> = {
  verify_email: ({ token, expiresAt }, site) =>
    composeLetter(
      {
        subject: `Confirm your email address for ${site.name}`,
        paragraphs: [`Someone registered at ${site.name} with this address. Confirm that it is yours.`, linkLifetime(expiresAt)],
        link: { label: 'Confirm this address', url: tokenLink(site, 'verify-email', token) },
        advice: 'If this was not you, ignore this mail and do not open the link: without it, the address stays unconfirmed.',
      },
      site,
    ),
  reset_password: ({ token, expiresAt }, site) =>
    composeLetter(
      {
        subject: `Reset your password for ${site.name}`,
        paragraphs: [`Someone asked to reset the password of your account at ${site.name}.`, linkLifetime(expiresAt)],
        link: { label: 'Choose a new password', url: tokenLink(site, 'reset-password', token) },
        advice: 'If this was not you, ignore this mail and give the link to nobody: your password stays as it is.',
      },
      site,
    ),
  confirm_email_change: ({ token, expiresAt, newEmail }, site) =>
    composeLetter(
      {
        subject: `Confirm your new email address for ${site.name}`,
        paragraphs: [
          `Someone asked to make ${shownAddress(newEmail)} the address of their account at ${site.name}.`,
          linkLifetime(expiresAt),
        ],
        link: { label: 'Confirm the new address', url: tokenLink(site, 'confirm-email-change', token) },
        advice: 'If this was not you, ignore this mail and do not open the link: without it, nothing changes.',
      },
      site,
    ),
};
