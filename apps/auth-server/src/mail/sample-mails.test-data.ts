import type { Mail, MailKind, Occurrence } from '@latchkey/user-core';

export const site = { publicUrl: 'https://login.example.test', name: 'Schlüssel & Söhne' };
export const token = `lk_${'Ab0-_'.repeat(40)}`;

const expiresAt = new Date('2026-03-01T10:30:00Z');
const newEmail = 'new@example.test';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
export const occurrence: Occurrence = { occurredAt: new Date('2026-03-01T09:05:00Z'), ip: '192.0.2.7', userAgent: firefox };

/** One mail of every kind, telling of the same occurrence. */
export function sampleMails(occurred: Occurrence = occurrence): { [K in MailKind]: Extract<Mail, { kind: K }> } {
  const to = 'user@example.test';
  return {
    verify_email: { kind: 'verify_email', to, content: { token, expiresAt } },
    already_registered: { kind: 'already_registered', to, content: occurred },
    reset_password: { kind: 'reset_password', to, content: { token, expiresAt } },
    confirm_email_change: { kind: 'confirm_email_change', to, content: { token, expiresAt, newEmail } },
    email_change_refused: { kind: 'email_change_refused', to, content: occurred },
    email_change_requested: { kind: 'email_change_requested', to, content: { ...occurred, newEmail } },
    email_changed: { kind: 'email_changed', to, content: { ...occurred, newEmail } },
    password_changed: { kind: 'password_changed', to, content: occurred },
    new_device: { kind: 'new_device', to, content: occurred },
    login_after_failures: { kind: 'login_after_failures', to, content: { ...occurred, failures: 7 } },
    login_locked: { kind: 'login_locked', to, content: occurred },
    refresh_reused: { kind: 'refresh_reused', to, content: occurred },
    social_connected: { kind: 'social_connected', to, content: { ...occurred, provider: 'Example' } },
    social_disconnected: { kind: 'social_disconnected', to, content: { ...occurred, provider: 'Example' } },
    account_deleted: { kind: 'account_deleted', to, content: occurred },
  };
}
