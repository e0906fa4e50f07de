/** The server as a library: an application that adds to it writes a main file of its own with `runAuthServer`. */
export type { RouterParts, ServerExtensions } from './extensions.ts';
export { composeLetter, type Letter } from './mail/letter.tsx';
export type { MailSite, MailTemplate, MailTemplates, RenderedParts } from './mail/mail-template.ts';
export { runAuthServer } from './run-auth-server.ts';
