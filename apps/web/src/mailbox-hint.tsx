/** On a developer's machine no mail leaves the server. */
export function MailboxHint() {
  if (window.location.hostname !== 'localhost') return null;
  return (
    <p className="hint">
      In development the mail is at <a href="/dev/mailbox">/dev/mailbox</a>
    </p>
  );
}
