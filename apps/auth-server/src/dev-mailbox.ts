import { keptMails, type UserCore } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { ServerExtensions } from './extensions.ts';
import { onlyForThisMachine } from './for-this-machine.ts';
import { mailboxContentSecurityPolicy, renderMailboxPage } from './mail/dev-mailbox-page.ts';
import { renderMail } from './mail/mail-templates.ts';
import { mailSite } from './mail-transport.ts';

const shown = 200;

/** Shows what would have been mailed. Only without SMTP and outside production. */
export function addDevMailbox(server: FastifyInstance, core: UserCore, config: Config, extensions: ServerExtensions): void {
  const site = mailSite(config, extensions);
  const mails = async () => {
    const kept = await keptMails(core, shown);
    return Promise.all(
      kept.map(async ({ id, mail, sentAt }) => ({ id, to: mail.to, ...(await renderMail(mail, site, extensions.mails)), sentAt })),
    );
  };
  const guarded = { onRequest: onlyForThisMachine(config.publicUrl) };
  server.get('/dev/mailbox', guarded, async (_request, reply) => {
    reply.header('content-security-policy', mailboxContentSecurityPolicy).type('text/html; charset=utf-8');
    return renderMailboxPage(await mails());
  });
  server.get('/dev/mailbox.json', guarded, mails);
}
