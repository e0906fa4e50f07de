import { keptMails, type UserCore } from '@latchkey/user-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from './config.ts';
import type { ServerExtensions } from './extensions.ts';
import { isLoopback } from './loopback.ts';
import { mailboxContentSecurityPolicy, renderMailboxPage } from './mail/dev-mailbox-page.ts';
import { renderMail } from './mail/mail-templates.ts';
import { mailSite } from './mail-transport.ts';
import { refuse } from './refuse.ts';

const shown = 200;
const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Shows what would have been mailed. Only without SMTP and outside production. */
export function addDevMailbox(server: FastifyInstance, core: UserCore, config: Config, extensions: ServerExtensions): void {
  const site = mailSite(config, extensions);
  const mails = async () => {
    const kept = await keptMails(core, shown);
    return Promise.all(
      kept.map(async ({ id, mail, sentAt }) => ({ id, to: mail.to, ...(await renderMail(mail, site, extensions.mails)), sentAt })),
    );
  };
  const own = new URL(config.publicUrl);
  // Pages of other sites reach this machine by a name of theirs that leads here (DNS rebinding), and strangers by a proxy.
  const isOurs = ({ headers }: FastifyRequest): boolean => {
    const host = headers.host ?? '';
    const isNamed = isLoopback(host.replace(/:\d+$/, '')) || (own.protocol === 'http:' && host === own.host);
    return isNamed && !forwarded.some((name) => headers[name] !== undefined);
  };
  const guarded = {
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => (isOurs(request) ? undefined : refuse(request, reply, 'not_found')),
  };
  server.get('/dev/mailbox', guarded, async (_request, reply) => {
    reply.header('content-security-policy', mailboxContentSecurityPolicy).type('text/html; charset=utf-8');
    return renderMailboxPage(await mails());
  });
  server.get('/dev/mailbox.json', guarded, mails);
}
