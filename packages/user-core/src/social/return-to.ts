import { Refusal } from '../refusal.ts';

const maxLength = 1024;
const home = '/';

/**
 * Where the person goes afterwards: a path of ours, found by parsing it as a browser would and never by its look alone
 * (R-SOC-13, RFC 9700 §4.11). Refuses with `invalid_input` whatever could mean another place to some reader of it.
 */
export function ownPath(returnTo: string | undefined, publicUrl: string): string {
  if (returnTo === undefined) return home;
  const path = returnTo.length <= maxLength && returnTo.isWellFormed() ? pathOf(returnTo, publicUrl) : null;
  if (path !== null) return path;
  const message = 'This is not a path of this site.';
  throw new Refusal('invalid_input', { fields: [{ path: 'returnTo', code: 'foreign_path', message }] });
}

function pathOf(text: string, publicUrl: string): string | null {
  const [path = ''] = text.split(/[?#]/, 1);
  if (!path.startsWith('/') || isDeceptive(text) || path.includes('@') || path.includes('//')) return null;
  if (decodings(path).some((form) => isDeceptive(form) || form.includes('@') || form.includes('//'))) return null;
  if (decodings(text.slice(path.length)).some((form) => /[\r\n\0]/.test(form))) return null;
  if (!URL.canParse(text, publicUrl)) return null;
  const url = new URL(text, publicUrl);
  return url.origin === new URL(publicUrl).origin ? url.pathname + url.search + url.hash : null;
}

/** Browsers read a backslash as a slash, and drop line breaks and tabs before they parse. */
function isDeceptive(text: string): boolean {
  return /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}

/** What a text becomes when it is percent-decoded, once and again, as servers behind one another do. */
function decodings(text: string): string[] {
  const forms: string[] = [];
  for (let form = text; forms.length < 3; ) {
    const decoded = form.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    if (decoded === form) break;
    forms.push(decoded);
    form = decoded;
  }
  return forms;
}
