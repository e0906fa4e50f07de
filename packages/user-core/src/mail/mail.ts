import type { Origin } from '../host.ts';

/** What happened, where and when: shown in every security notice so that the reader can tell their own act from a stranger's. */
export type Occurrence = { occurredAt: Date; ip: string | null; userAgent: string | null };

/** One secret that travels by mail: `token` belongs behind `#token=` of the page that consumes it. */
export type MailedToken = { token: string; expiresAt: Date };

/**
 * Every mail the core asks for, by kind, with all that its text may show.
 * Nothing here was typed by a stranger except `newEmail`, which is a validated address.
 */
export type MailContents = {
  /** Proves the address given at registration. */
  verify_email: MailedToken;
  /** Sent instead of `verify_email` when the address already has an account. */
  already_registered: Occurrence;
  reset_password: MailedToken;
  /** To the new address. */
  confirm_email_change: MailedToken & { newEmail: string };
  /** To the new address, when it belongs to another account; says nothing about who asked. */
  email_change_refused: Occurrence;
  /** To the old address, while the change is pending. */
  email_change_requested: Occurrence & { newEmail: string };
  /** To the old and the new address. */
  email_changed: Occurrence & { newEmail: string };
  /** After change, set and reset alike. */
  password_changed: Occurrence;
  new_device: Occurrence;
  login_after_failures: Occurrence & { failures: number };
  /** Guessing was stopped for good: a reset or a known device is needed. */
  login_locked: Occurrence;
  /** A refresh token was used twice: the session was ended. */
  refresh_reused: Occurrence;
  /** A way in at a provider was added, or taken away. `provider` is its name. */
  social_connected: Occurrence & { provider: string };
  social_disconnected: Occurrence & { provider: string };
  account_deleted: Occurrence;
};

/** The name of a mail. */
export type MailKind = keyof MailContents;

/**
 * Mail that somebody asked to have sent to an address. Whether there is anybody to mail to is looked up after they were
 * answered: neither the answer nor its time can tell (R-PWD-10, R-REG-12). `browserHash` is of the secret of a browser that registered.
 */
export type MailRequest = {
  kind: 'verify_email' | 'reset_password';
  emailCanonical: string;
  browserHash: string | null;
  origin: Origin;
};

/** A mail as the core hands it over: to whom, of which kind, and what it may show. */
export type Mail = { [K in MailKind]: { kind: K; to: string; content: MailContents[K] } }[MailKind];
