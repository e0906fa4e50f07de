const unseenCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const userAgentMaxLength = 120;
const addressMaxLength = 254;

/** One line: control, formatting and direction characters become spaces, so that no header or text line can be forged. */
export function oneLine(text: string): string {
  return text.replace(unseenCharacters, ' ').trim();
}

function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/**
 * A user agent is whatever a stranger sent, shown in a mail that the account's owner trusts. It is cut to 120 characters of
 * printable ASCII, and names of hosts and addresses are taken apart: mail programs would turn them into links.
 */
export function shownUserAgent(userAgent: string | null): string {
  const printable = oneLine(userAgent ?? '').replace(/[^\x20-\x7e]/g, '?');
  const unlinked = printable.replace(/:\/\/|@|\.(?=[^\d\s])/g, ' ').trim();
  return unlinked === '' ? 'unknown' : shortened(unlinked, userAgentMaxLength);
}

/** The IP address of a request; it may have come through a proxy's header, so it is treated like a user agent. */
export function shownIp(ip: string | null): string {
  return shortened(shownUserAgent(ip), 45);
}

/** A mail address within a sentence. */
export function shownAddress(address: string): string {
  return shortened(oneLine(address), addressMaxLength);
}

/** A moment as `2026-11-24 01:59 UTC`: readers live in any time zone and the mail does not know which. */
export function shownTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
