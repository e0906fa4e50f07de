import type { MailContents, MailKind } from '@latchkey/user-core';
import type { ReactElement } from 'react';

/** The application that mails speak for. `publicUrl` is the only base of every link, `name` is what users call it. */
export type MailSite = { publicUrl: string; name: string };

/** A mail in its parts: `html` is a whole document as React elements, which escape all they show; `text` is finished. */
export type RenderedParts = { subject: string; html: ReactElement; text: string };

/** Turns what a mail may show into its parts. */
export type MailTemplate<K extends MailKind> = (content: MailContents[K], site: MailSite) => RenderedParts;

/** One template for every kind of mail: a new kind will not compile until it has one. */
export type MailTemplates = { [K in MailKind]: MailTemplate<K> };
