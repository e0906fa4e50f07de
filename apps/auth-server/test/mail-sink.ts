import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type SunkMail = { id: string; to: string; subject: string; text: string };

/** A mail server that keeps what it is given, and can behave badly. */
export type MailSink = {
  url: string;
  /** Everything whose content arrived, whether or not it was then accepted. */
  mails: SunkMail[];
  /** `hold` takes a mail and never says whether it did. */
  behave(as: 'accept' | 'refuse' | 'later' | 'hold'): void;
  /** Says yes to whatever is held. */
  release(): void;
  close(): Promise<void>;
};

export async function openMailSink(port = 0): Promise<MailSink> {
  const mails: SunkMail[] = [];
  const held: (() => void)[] = [];
  let behaviour: 'accept' | 'refuse' | 'later' | 'hold' = 'accept';
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      void simpleParser(stream).then((mail) => {
        mails.push(summary(mail));
        if (behaviour === 'hold') held.push(() => done());
        else if (behaviour === 'accept') done();
        else done(Object.assign(new Error('no'), { responseCode: behaviour === 'refuse' ? 550 : 451 }));
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.server.address();
  return {
    url: `smtp://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    mails,
    behave(as) {
      behaviour = as;
    },
    release() {
      for (const accept of held.splice(0)) accept();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function summary(mail: ParsedMail): SunkMail {
  const to = mail.to && !Array.isArray(mail.to) ? mail.to.text : '';
  return { id: mail.messageId ?? '', to, subject: mail.subject ?? '', text: mail.text ?? '' };
}
