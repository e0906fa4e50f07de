import type { Mail } from '@latchkey/user-core';
import { describe, expect, test } from 'vitest';
import { composeLetter } from './letter.tsx';
import { renderMail } from './mail-templates.ts';
import { occurrence, sampleMails, site, token } from './sample-mails.test-data.ts';

const everyMail = Object.values(sampleMails());
const notices = everyMail.filter((mail) => 'occurredAt' in mail.content);
const noticesWithOrigin = notices.filter(({ kind }) => kind !== 'email_change_refused' && kind !== 'already_registered');
const hostileUserAgent = `<script>alert(1)</script>"><img src=x onerror=alert(2)>\r\nBcc: stranger@evil.test\r\n\r\nhttps://evil.test/ \u202e`;
const hostileMails = Object.values(sampleMails({ ...occurrence, ip: '<b>1.2.3.4</b>\r\nX-Forged: 1', userAgent: hostileUserAgent }));

function hrefs(html: string): string[] {
  return [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? '');
}

describe('links', () => {
  test.each([
    ['verify_email', `${site.publicUrl}/verify-email#token=${token}`],
    ['reset_password', `${site.publicUrl}/reset-password#token=${token}`],
    ['confirm_email_change', `${site.publicUrl}/confirm-email-change#token=${token}`],
  ] as const)('%s holds its link unbroken on a line of its own and as an href', async (kind, link) => {
    const { html, text } = await renderMail(sampleMails()[kind], site);
    expect(text.split('\n')).toContain(link);
    expect(hrefs(html)).toContain(link);
    expect(text).toContain('2026-03-01 10:30 UTC');
    expect(html).toContain('2026-03-01 10:30 UTC');
  });

  test.each(everyMail)('R-OPS-02 every link of $kind starts at the public URL, whatever a stranger sent', async ({ kind }) => {
    const hostile = hostileMails.find((mail) => mail.kind === kind);
    const { html, text } = await renderMail(hostile as Mail, site);
    const links = [...hrefs(html), ...(text.match(/\w+:\/\/\S+/g) ?? [])];
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !link.startsWith(site.publicUrl))).toEqual([]);
  });

  test('a public URL with a path and a slash at its end is joined without a double slash', async () => {
    const { text } = await renderMail(sampleMails().verify_email, { ...site, publicUrl: 'https://example.test/login/' });
    expect(text).toContain(`\nhttps://example.test/login/verify-email#token=${token}\n`);
  });

  test('R-OPS-02 a token that is no token cannot leave its attribute or its line', async () => {
    const mail: Mail = { kind: 'verify_email', to: 'a@b.test', content: { token: '"><b>\r\n&', expiresAt: new Date(0) } };
    const { html, text } = await renderMail(mail, site);
    expect(hrefs(html)).toContain(`${site.publicUrl}/verify-email#token=%22%3E%3Cb%3E%0D%0A%26`);
    expect(html).not.toContain('<b>');
    expect(text).not.toContain('\r');
  });
});

describe('words', () => {
  test.each(everyMail)('$kind has a subject of one line, and html and text that name the site', async (mail) => {
    const { subject, html, text } = await renderMail(mail, site);
    expect(subject).toMatch(/^\P{Cc}{10,}$/u);
    expect(text).toContain(site.name);
    expect(html).toContain('Schlüssel &amp; Söhne');
    expect(html).toMatch(/^<!DOCTYPE html.*<\/html>/s);
    expect(text).toMatch(/If this was not you|If the attempts were not yours|If you do not know/);
    expect(html + text).not.toMatch(/undefined|null|\[object/);
  });

  test.each(notices)('$kind says when it happened, in UTC', async (mail) => {
    const { html, text } = await renderMail(mail, site);
    expect(text).toContain('When: 2026-03-01 09:05 UTC');
    expect(html).toContain('2026-03-01 09:05 UTC');
  });

  test.each(noticesWithOrigin)('$kind says from where', async (mail) => {
    const { html, text } = await renderMail(mail, site);
    expect(text).toContain(`IP address: 192.0.2.7\nBrowser or program: Firefox on Linux\n`);
    expect(html).toContain('192.0.2.7');
    expect(html).toContain('Firefox on Linux');
  });

  test.each(['email_change_refused', 'already_registered'] as const)('%s says nothing about who asked', async (kind) => {
    const { html, text } = await renderMail(sampleMails()[kind], site);
    expect(html + text).not.toContain('192.0.2.7');
    expect(html + text).not.toContain('Firefox');
  });

  test('an origin that is not known is called unknown', async () => {
    const { text } = await renderMail(sampleMails({ ...occurrence, ip: null, userAgent: null }).new_device, site);
    expect(text).toContain('IP address: unknown\nBrowser or program: unknown\n');
  });

  test.each([
    [1, 'after 1 failed attempt.'],
    [7, 'after 7 failed attempts.'],
  ])('%i failures are counted in words that fit', async (failures, words) => {
    const { text } = await renderMail({ kind: 'login_after_failures', to: 'a@b.test', content: { ...occurrence, failures } }, site);
    expect(text).toContain(words);
  });

  test.each(['email_change_requested', 'email_changed', 'confirm_email_change'] as const)('%s names the new address', async (kind) => {
    const { html, text } = await renderMail(sampleMails()[kind], site);
    expect(text).toContain('new@example.test');
    expect(html).toContain('new@example.test');
  });
});

describe('hostile text', () => {
  test.each(hostileMails)('R-OPS-02 a hostile user agent puts no markup and no line into $kind', async (mail) => {
    const { html, text } = await renderMail(mail, site);
    expect(html).not.toMatch(/<script|<img|<b>/i);
    expect(html).toMatch(/^\P{Cc}*$/u);
    expect(text).not.toContain('\r');
    expect(text).not.toMatch(/^(Bcc|X-Forged|https:\/\/evil)/m);
    expect(html + text).not.toMatch(/\u202e|evil\.test|:\/\/evil/);
  });

  test.each(hostileMails)('R-OPS-02 the subject of $kind owes nothing to a stranger', async (mail) => {
    const innocent = everyMail.find(({ kind }) => kind === mail.kind);
    expect((await renderMail(mail, site)).subject).toBe((await renderMail(innocent as Mail, site)).subject);
  });

  test('R-OPS-02 no word of a hostile user agent is told', async () => {
    const { html, text } = await renderMail(sampleMails({ ...occurrence, userAgent: hostileUserAgent }).new_device, site);
    expect(html + text).not.toContain('alert');
    expect(text).toContain('Browser or program: unknown\n');
  });

  test('R-OPS-02 a new address with markup and line breaks is shown as text on one line', async () => {
    const content = { ...occurrence, newEmail: '"<script>\r\nBcc: x"@example.test' };
    const { html, text } = await renderMail({ kind: 'email_changed', to: 'a@b.test', content }, site);
    expect(html).not.toContain('<script');
    expect(text).toContain('is now "<script> Bcc: x"@example.test.');
  });
});

describe('replaced templates', () => {
  const overrides = {
    new_device: () =>
      composeLetter({ subject: 'Neu\r\nBcc: all@example.test', paragraphs: ['Bist du es?'], advice: 'Sag Bescheid.' }, site),
  };

  test('a replaced template is used, and only for its kind', async () => {
    const { html, text } = await renderMail(sampleMails().new_device, site, overrides);
    expect(html).toContain('<p>Bist du es?</p>');
    expect(text).toContain('Bist du es?');
    const other = await renderMail(sampleMails().login_locked, site, overrides);
    expect(other).toEqual(await renderMail(sampleMails().login_locked, site));
  });

  test('R-OPS-02 a replaced template cannot put a line break into the subject', async () => {
    expect((await renderMail(sampleMails().new_device, site, overrides)).subject).toBe('Neu Bcc: all@example.test');
  });
});
