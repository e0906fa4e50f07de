/** An address in its two forms: as it is written to (`email`), and as it is compared (`canonical`). */
export type EmailAddress = { email: string; canonical: string };

// RFC 5321 dot-string local part; labels of letters, digits and inner hyphens; ASCII only, so no look-alikes.
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainLabel = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * The one way an address is read, for every procedure (R-REG-04): NFC, then validate, then lower-case. Nothing is
 * stripped and nothing folded: `a+b@x` and `ab@x` are two people (R-REG-06). Null when it is not an address we accept.
 * Lengths: RFC 5321 §4.5.3.1.
 */
export function canonicalEmail(input: string): EmailAddress | null {
  if (input.length > 254 || !input.isWellFormed()) return null;
  const email = input.normalize('NFC');
  const atSign = email.lastIndexOf('@');
  const local = email.slice(0, atSign);
  const domain = email.slice(atSign + 1);
  if (atSign < 1 || local.length > 64 || !localPart.test(local)) return null;
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => domainLabel.test(label)) || /^\d+$/.test(labels.at(-1) ?? '')) return null;
  return { email, canonical: email.toLowerCase() };
}
