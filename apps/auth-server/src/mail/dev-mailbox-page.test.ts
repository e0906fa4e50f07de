import { expect, test } from 'vitest';
import { type MailboxEntry, mailboxContentSecurityPolicy, renderMailboxPage } from './dev-mailbox-page.ts';

const entry: MailboxEntry = {
  id: 'm1',
  to: 'user@example.test',
  subject: 'Confirm',
  text: 'Open:\nhttp://localhost:3000/verify-email#token=abc-_&x\n\nor see (https://example.test/a?b=1&c=2).\n',
  html: '<p>Hello</p>',
  sentAt: new Date('2026-03-01T10:00:00Z'),
};

test('the newest mail stands first, whatever the order they come in', () => {
  const dated = (subject: string, sentAt: string): MailboxEntry => ({ ...entry, subject, sentAt: new Date(sentAt) });
  const mails = [dated('second', '2026-03-02'), dated('third', '2026-03-03'), dated('first', '2026-03-01')];
  const subjects = [...renderMailboxPage(mails).matchAll(/<h2>(.*?)<\/h2>/g)].map(([, subject]) => subject);
  expect(subjects).toEqual(['third', 'second', 'first']);
  expect(mails.map(({ subject }) => subject)).toEqual(['second', 'third', 'first']);
});

test('links of the text part can be clicked, without the punctuation around them', () => {
  const hrefs = [...renderMailboxPage([entry]).matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href);
  expect(hrefs).toEqual(['http://localhost:3000/verify-email#token=abc-_&amp;x', 'https://example.test/a?b=1&amp;c=2']);
});

test('only web addresses become links', () => {
  const page = renderMailboxPage([{ ...entry, text: 'javascript:alert(1) data:text/html,x file:///etc/passwd http:// https://' }]);
  expect(page).toContain('javascript:alert(1)');
  expect(page).not.toContain('<a ');
});

test('R-OPS-02 no part of a mail can put markup into the page', () => {
  const hostile = `"'></pre></iframe><script>alert(1)</script>&lt;`;
  const text = `${hostile} https://x.test/"onclick=alert(1)`;
  const page = renderMailboxPage([{ id: hostile, to: hostile, subject: hostile, text, html: hostile, sentAt: entry.sentAt }]);
  const escaped = '&quot;&#39;&gt;&lt;/pre&gt;&lt;/iframe&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;';
  expect(page.split(escaped)).toHaveLength(6);
  expect(page).not.toContain('<script');
  expect(page).toContain('<a href="https://x.test/" rel="noreferrer">https://x.test/</a>&quot;onclick=alert(1)');
  expect(page.match(/<\/pre>|<\/iframe>/g)).toEqual(['</pre>', '</iframe>']);
});

test('the HTML part is shown in a sandbox that allows nothing', () => {
  expect(renderMailboxPage([entry])).toContain('<iframe sandbox="" title="HTML part of the mail" srcdoc="&lt;p&gt;Hello&lt;/p&gt;">');
});

test('the page asks for nothing from elsewhere and needs no more than its policy allows', () => {
  const page = renderMailboxPage([entry]);
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\bsrc=|\son\w+=|\sstyle=/i);
  expect(page.match(/<style>/g)).toHaveLength(1);
  expect(mailboxContentSecurityPolicy).toContain("default-src 'none'; style-src 'unsafe-inline';");
});

test('an empty mailbox says so', () => {
  expect(renderMailboxPage([])).toContain('No mail yet.');
});
