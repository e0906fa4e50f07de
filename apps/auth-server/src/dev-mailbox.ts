import { keptMails, type UserCore } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { mailboxContentSecurityPolicy, renderMailboxPage } from './mail/dev-mailbox-page.ts';
import { renderMail } from './mail/mail-templates.ts';

const shown = 200;

/** Shows what would have been mailed. Only without SMTP and outside production. */
export function addDevMailbox(server: FastifyInstance, core: UserCore, config: Config): void {
  const site = { publicUrl: config.publicUrl, name: 'Latchkey' };
  const mails = async () => {
    const kept = await keptMails(core, shown);
    return Promise.all(kept.map(async ({ id, mail, sentAt }) => ({ id, to: mail.to, ...(await renderMail(mail, site)), sentAt })));
  };
  server.get('/dev/mailbox', async (_request, reply) => {
    reply.header('content-security-policy', mailboxContentSecurityPolicy).type('text/html; charset=utf-8');
    return renderMailboxPage(await mails());
  });
  server.get('/dev/mailbox.json', mails);
}
