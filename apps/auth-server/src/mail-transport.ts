import type { Config } from './config.ts';
import type { MailTransport } from './deliver-mail.ts';
import type { ServerExtensions } from './extensions.ts';
import { isLoopback } from './loopback.ts';
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
  // Whoever is between us and the mail server could strip its offer of TLS, and read every token.
  const requireTls = config.isProduction && !isLoopback(new URL(smtp.url).hostname);
  const mailer = createSmtpMailer({ ...smtp, requireTls });
  const site = mailSite(config, extensions);
  return {
    deliver: async (id, mail) => mailer.send({ id, to: mail.to, ...(await renderMail(mail, site, extensions.mails)) }),
    // What the mail server says it will never take. A template that throws is mended by the next release.
    isPermanent: (error) => ((error as { responseCode?: number }).responseCode ?? 0) >= 550,
    keepsContent: false,
    close: () => mailer.close(),
  };
}
