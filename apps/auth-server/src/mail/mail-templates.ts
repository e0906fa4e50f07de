import type { Mail, MailContents, MailKind } from '@latchkey/user-core';
import { render } from '@react-email/render';
import type { MailSite, MailTemplates, RenderedParts } from './mail-template.ts';
import { noticeMails } from './notice-mails.ts';
import { oneLine } from './shown-text.ts';
import { tokenMails } from './token-mails.ts';

/** The mails as they are out of the box. */
const defaultMailTemplates: MailTemplates = { ...tokenMails, ...noticeMails };

/**
 * Renders a mail of the core. `overrides` replaces templates kind by kind: write new words with `composeLetter`, or a whole
 * document as React elements. The subject is one line whatever a template returns (ASVS 1.3.11: no header injection).
 */
export async function renderMail(
  mail: Mail,
  site: MailSite,
  overrides: Partial<MailTemplates> = {},
): Promise<{ subject: string; html: string; text: string }> {
  const { subject, html, text } = partsOf({ ...defaultMailTemplates, ...overrides }, mail.kind, mail.content, site);
  return { subject: oneLine(subject), html: await render(html), text };
}

function partsOf<K extends MailKind>(templates: MailTemplates, kind: K, content: MailContents[K], site: MailSite): RenderedParts {
  return templates[kind](content, site);
}
