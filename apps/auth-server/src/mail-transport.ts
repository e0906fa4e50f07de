import type { Config } from './config.ts';
import type { MailTransport } from './deliver-mail.ts';
import type { ServerExtensions } from './extensions.ts';
import type { MailSite } from './mail/mail-template.ts';
import { renderMail } from './mail/mail-templates.ts';
import { createSmtpMailer } from './mail/smtp-mailer.ts';

/** Whom mails speak for. */
export function mailSite(config: Config, extensions: ServerExtensions): MailSite {
  return { publicUrl: config.publicUrl, name: extensions.siteName ?? 'Latchkey' };
}

/** SMTP when it is configured; otherwise nothing leaves the machine, and the development mailbox shows what would have. */
export function createMailTransport(config: Config, extensions: ServerExtensions): MailTransport & { close(): void } {
  const { smtp } = config;
  if (!smtp) return { deliver: async () => {}, isPermanent: () => false, keepsContent: true, close: () => {} };
  const mailer = createSmtpMailer({ url: smtp.url, from: smtp.from });
  const site = mailSite(config, extensions);
  return {
    deliver: async (id, mail) => mailer.send({ id, to: mail.to, ...(await renderMail(mail, site, extensions.mails)) }),
    isPermanent: (error) => error instanceof TypeError || ((error as { responseCode?: number }).responseCode ?? 0) >= 550,
    keepsContent: false,
    close: () => mailer.close(),
  };
}
