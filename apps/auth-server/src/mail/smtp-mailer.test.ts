import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { renderMail } from './mail-templates.ts';
import { occurrence, sampleMails, site, token } from './sample-mails.test-data.ts';
import { createSmtpMailer, type SmtpMailer } from './smtp-mailer.ts';

type Received = { from: string | null; to: string[]; mail: ParsedMail };

const received: Received[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', async () => {
      const { mailFrom, rcptTo } = session.envelope;
      received.push({
        from: mailFrom ? mailFrom.address : null,
        to: rcptTo.map(({ address }) => address),
        mail: await simpleParser(Buffer.concat(chunks), { skipTextToHtml: true }),
      });
      done();
    });
  },
});
const from = 'Schlüssel <no-reply@example.test>';
const message = { id: 'mail-1', to: 'user@example.test', subject: 'Grüße', text: 'Grüße\n', html: '<p>Grüße</p>' };
const opened: SmtpMailer[] = [];

function openMailer(port: number, sendTimeoutMs?: number): SmtpMailer {
  const mailer = createSmtpMailer({ url: `smtp://127.0.0.1:${port}`, from, ...(sendTimeoutMs ? { sendTimeoutMs } : {}) });
  opened.push(mailer);
  return mailer;
}

function openMailerToServer(): SmtpMailer {
  return openMailer((server.server.address() as AddressInfo).port);
}

async function listen(silent: Server): Promise<number> {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  return (silent.address() as AddressInfo).port;
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
});
afterEach(() => {
  for (const mailer of opened.splice(0)) mailer.close();
  received.splice(0);
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

describe('a mail that arrives', () => {
  test.each(['Latchkey', 'Schlüssel & Söhne'])('shows a long link unbroken and every letter, in both parts: %s', async (name) => {
    const rendered = await renderMail(sampleMails().reset_password, { ...site, name });
    await openMailerToServer().send({ ...message, ...rendered });
    const link = `${site.publicUrl}/reset-password#token=${token}`;
    expect(link.length).toBeGreaterThan(200);
    const mail = received[0]?.mail;
    expect(mail?.text?.split('\n')).toContain(link);
    expect(mail?.html).toContain(`href="${link}"`);
    expect(mail?.text).toBe(rendered.text);
    expect(mail?.html).toBe(rendered.html);
    expect(mail?.subject).toBe(`Reset your password for ${name}`);
    expect(mail?.from?.value).toEqual([{ name: 'Schlüssel', address: 'no-reply@example.test' }]);
  });

  test('R-OPS-02 has no header, no recipient and no sender that a stranger chose', async () => {
    const userAgent = 'x\r\nBcc: stranger@evil.test\r\nX-Forged: yes\r\n\r\n.\r\nRCPT TO:<stranger@evil.test>';
    const rendered = await renderMail(sampleMails({ ...occurrence, userAgent }).new_device, site);
    await openMailerToServer().send({ ...message, ...rendered, subject: `${rendered.subject}\r\nX-Forged: yes` });
    expect(received).toMatchObject([{ from: 'no-reply@example.test', to: ['user@example.test'] }]);
    const names = received[0]?.mail.headerLines.map(({ key }) => key).toSorted();
    const expected = ['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'];
    expect(names).toEqual(expected);
  });

  test('bears the same Message-ID at every attempt, and another one than other mails', async () => {
    const mailer = openMailerToServer();
    await mailer.send(message);
    await mailer.send(message);
    await mailer.send({ ...message, id: 'mail-2' });
    const ids = received.map(({ mail }) => mail.messageId);
    expect(ids).toEqual(['<mail-1@example.test>', '<mail-1@example.test>', '<mail-2@example.test>']);
  });
});

test('with TLS demanded nothing is sent to a server that does not offer it, unless the URL says so', async () => {
  const { port } = server.server.address() as AddressInfo;
  const open = (query: string) => {
    const mailer = createSmtpMailer({ url: `smtp://127.0.0.1:${port}${query}`, from, requireTls: true });
    opened.push(mailer);
    return mailer.send(message);
  };
  await expect(open('')).rejects.toMatchObject({ code: 'ETLS' });
  expect(received).toEqual([]);
  await open('?requireTLS=false');
  expect(received).toHaveLength(1);
});

describe('a mail that is refused before it leaves', () => {
  test.each([
    'user@example.test, stranger@evil.test',
    'user@example.test;stranger@evil.test',
    'stranger@evil.test <user@example.test>',
    'team: user@example.test, stranger@evil.test;',
    'user@example.test\r\nRCPT TO:<stranger@evil.test>',
    '"user@evil.test"@example.test',
    'user@evil.test@example.test',
    'user',
    '',
  ])('R-OPS-02 the recipient %j is not one plain address', async (to) => {
    await expect(openMailerToServer().send({ ...message, to })).rejects.toThrow('exactly one plain address');
    expect(received).toEqual([]);
  });

  test.each(['', 'a>\r\nBcc: stranger@evil.test', 'a b'])('R-OPS-02 the id %j cannot become a header', async (id) => {
    await expect(openMailerToServer().send({ ...message, id })).rejects.toThrow('The id of a mail');
    expect(received).toEqual([]);
  });

  test.each([{ path: '/etc/passwd' }, { href: 'http://127.0.0.1/' }])(
    'R-OPS-02 a part that is not text but %j is not fetched',
    async (part) => {
      const outOfTheOutbox = JSON.parse(JSON.stringify({ ...message, html: part })) as typeof message;
      await expect(openMailerToServer().send(outOfTheOutbox)).rejects.toThrow(/(File|Url) access rejected/);
      expect(received).toEqual([]);
    },
  );

  test('a sender without an address is refused at the start', () => {
    expect(() => createSmtpMailer({ url: 'smtp://127.0.0.1:25', from: 'Latchkey' })).toThrow('The sender of mails');
  });
});

describe('a mail server that is down', () => {
  test('makes send and verify reject when nothing listens', async () => {
    const gone = createServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(openMailer(port).send(message)).rejects.toThrow('ECONNREFUSED');
    await expect(openMailer(port).verify()).rejects.toThrow('ECONNREFUSED');
  });

  test('makes send reject in bounded time when it takes the connection and stays silent, also for mails that wait in line', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    const mailer = openMailer(await listen(silent), 300);
    const startedAt = performance.now();
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => mailer.send({ ...message, id: `mail-${n}` })));
    expect(results.map(({ status }) => status)).toEqual(Array(12).fill('rejected'));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('is told apart from one that answers', async () => {
    await expect(openMailerToServer().verify()).resolves.toBeUndefined();
  });
});
