import type { BreachedPasswords, EventSubscriber, Hooks, Policy } from '@latchkey/user-core';
import type { z } from 'zod';
import type { MailTemplates } from './mail/mail-template.ts';

/** What an application adds to the server, or changes about it. */
export type ServerExtensions = {
  /** Extra fields of a user: accepted, stored and returned as `fields`. What is not in the object is refused. */
  fields?: z.ZodObject;
  hooks?: Hooks;
  /** Told of every event after its commit, at least once, in order for each user. */
  subscribers?: EventSubscriber[];
  /** Mails in other words, kind by kind; `composeLetter` writes one in the layout of the others. */
  mails?: Partial<MailTemplates>;
  /** What users call this site; shown in mails. */
  siteName?: string;
  /** Asks a service that knows breached passwords, by five digits of a SHA-1, about every password that is chosen. */
  breachedPasswords?: BreachedPasswords;
  /**
   * Brings the application's own tables up to date: after ours, which they may reference, and before anything is served. The
   * embedded database has no other way to learn its URL. Several processes may do this at once.
   */
  migrate?(databaseUrl: string): Promise<void>;
  /** Lifetimes, lengths and limits: given what the environment says, answers what is used. */
  policy?(policy: Policy): Policy;
};
