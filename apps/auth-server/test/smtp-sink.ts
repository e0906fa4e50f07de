import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { until } from './until.ts';

export type SunkMail = { to: string; subject: string; text: string };

/** A mail server that takes everything and delivers nothing. */
export type SmtpSink = {
  url: string;
  mails: SunkMail[];
  /** The `#token=` of the newest mail of a page path to an address, once it has arrived. */
  mailedToken(page: string, to: string): Promise<string>;
  close(): Promise<void>;
};

export async function openSmtpSink(): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const { subject = '', text = '' } = await simpleParser(Buffer.concat(chunks), { skipTextToHtml: true });
        mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', subject, text });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    async mailedToken(page, to) {
      const find = () => mails.findLast((mail) => mail.to === to && mail.text.includes(`/${page}#token=`));
      await until(() => find() !== undefined);
      return new RegExp(`/${page}#token=([\\w-]+)`).exec(find()?.text ?? '')?.[1] ?? '';
    },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}
