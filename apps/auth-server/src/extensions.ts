import type { createAuthRouter } from '@latchkey/auth-router';
import type { BreachedPasswords, EventSubscriber, Hooks, Policy, UserCore } from '@latchkey/user-core';
import type { AnyTRPCRouter } from '@trpc/server';
import type { z } from 'zod';
import type { MailTemplates } from './mail/mail-template.ts';

/** An object of extra fields, and that of an application that adds none. */
export type FieldsObject = z.ZodObject;
export type NoFields = z.ZodObject<Record<never, never>, z.core.$strict>;

/** What an application's own router is made of: our four sub-routers, the procedures for its own, and the core behind them. */
export type RouterParts<Fields extends FieldsObject = NoFields> = ReturnType<typeof createAuthRouter<Fields>> & { core: UserCore };

/** What an application adds to the server, or changes about it. */
export type ServerExtensions<Fields extends FieldsObject = NoFields> = {
  /** Extra fields of a user: accepted, stored and returned as `fields`. What is not in the object is refused. */
  fields?: Fields;
  /** Procedures of the application beside ours: `({ authRouters, router }) => router({ ...authRouters, notes })`. */
  router?(parts: RouterParts<Fields>): AnyTRPCRouter;
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
