import { createTransport } from 'nodemailer';

/** A rendered mail on its way out. `id` stays the same over every attempt to send it; `to` is one plain address. */
export type OutgoingMail = { id: string; to: string; subject: string; html: string; text: string };

export type SmtpMailer = {
  /** Resolves once the mail server has taken the mail; rejects when it did not, after `sendTimeoutMs` at the latest. */
  send(message: OutgoingMail): Promise<void>;
  /** Resolves when the mail server answers and takes our login, rejects with the reason when not. */
  verify(): Promise<void>;
  /** Ends idle connections at once and busy ones after their mail. Mails still waiting are rejected. */
  close(): void;
};

export type SmtpMailerOptions = {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: string;
  /** Sends nothing to a server that does not offer STARTTLS; `?requireTLS=false` in the URL says otherwise. */
  requireTls?: boolean;
  /** `no-reply@example.com` or `Name <no-reply@example.com>`. */
  from: string;
  /** How long one mail may take in all, waiting for a free connection included; 30 s unless told. */
  sendTimeoutMs?: number;
};

const oneAddress = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;
const messageIdPart = /^[\w.-]+$/;

/** Sends mail over SMTP with a pool of connections. */
export function createSmtpMailer({ url, from, requireTls = false, sendTimeoutMs = 30_000 }: SmtpMailerOptions): SmtpMailer {
  const idDomain = /@([\w.-]+)>?\s*$/.exec(from)?.[1];
  if (!idDomain) throw new TypeError('The sender of mails must be an address or "Name <address>".');
  const transport = createTransport({
    url,
    pool: true,
    requireTLS: requireTls,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, to, subject, html, text }) {
      // A list, a group or a display name in here would change who gets the mail.
      if (!oneAddress.test(to)) throw new TypeError('A mail goes to exactly one plain address.');
      if (!messageIdPart.test(id)) throw new TypeError('The id of a mail may only hold letters, digits, dots, dashes and underscores.');
      await transport.sendMail({
        // After a crash between the server's yes and our note of it, the mail goes out again: mail servers and mail
        // programs that see the same Message-ID twice can drop the second.
        messageId: `<${id}@${idDomain}>`,
        from,
        to: { name: '', address: to },
        subject,
        html,
        text,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(sendTimeoutMs),
      });
    },
    async verify() {
      await transport.verify();
    },
    close() {
      transport.close();
    },
  };
}
