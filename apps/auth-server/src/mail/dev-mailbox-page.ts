/** A mail in the mailbox of a development server. */
export type MailboxEntry = { id: string; to: string; subject: string; text: string; html: string; sentAt: Date };

/**
 * The policy the page is to be served with: its own inline style and nothing else, neither scripts nor requests. The frames
 * that show a mail's HTML inherit it.
 */
export const mailboxContentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const style = `
  body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1f2328; }
  article { margin: 1.5rem 0; padding: 1rem 1.25rem; border: 1px solid #d1d9e0; border-radius: 8px; }
  h2 { margin: 0; font-size: 1.1rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
  iframe { width: 100%; height: 36rem; border: 1px solid #d1d9e0; background: #fff; }
  .envelope { margin: 0; color: #59636e; }
`;

/** The mailbox as a page, newest mail first. Links of the text part can be clicked; the HTML part is shown in a sandbox. */
export function renderMailboxPage(mails: readonly MailboxEntry[]): string {
  const newestFirst = mails.toSorted((a, b) => b.sentAt.getTime() - a.sentAt.getTime());
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Mailbox</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Mailbox</h1>
<p>Mails that this development server would have sent. Reload the page to see new ones.</p>
${newestFirst.map(renderEntry).join('\n') || '<p>No mail yet.</p>'}
</main>
</body>
</html>
`;
}

function renderEntry({ id, to, subject, text, html, sentAt }: MailboxEntry): string {
  const sentAtText = escapeHtml(sentAt.toISOString());
  return `<article id="mail-${escapeHtml(id)}">
<h2>${escapeHtml(subject)}</h2>
<p class="envelope">To ${escapeHtml(to)}, <time datetime="${sentAtText}">${sentAtText}</time></p>
<pre>${linkedText(text)}</pre>
<details>
<summary>As HTML</summary>
<iframe sandbox="" title="HTML part of the mail" srcdoc="${escapeHtml(html)}"></iframe>
</details>
</article>`;
}

/** Escapes a text and makes its web addresses links. Split on a capturing group: every second piece is an address. */
function linkedText(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/)
    .map((piece, index) =>
      index % 2 === 1 ? `<a href="${escapeHtml(piece)}" rel="noreferrer">${escapeHtml(piece)}</a>` : escapeHtml(piece),
    )
    .join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
