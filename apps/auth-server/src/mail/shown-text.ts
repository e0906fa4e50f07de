import { isIP } from 'node:net';

const unseenCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const addressMaxLength = 254;

/** One line: control, formatting and direction characters become spaces, so that no header or text line can be forged. */
export function oneLine(text: string): string {
  return text.replace(unseenCharacters, ' ').trim();
}

function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

type Known = [name: string, mark: RegExp];
/** The first mark that is found decides: most browsers name others too. */
const browsers: Known[] = [
  ['Edge', /\bEdgA?(iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+ .*\bSafari\//],
  ['curl', /^curl\//],
];
const systems: Known[] = [
  ['Windows', /\bWindows NT\b/],
  ['iOS', /\b(iPhone|iPad)\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

/**
 * A user agent is whatever a stranger sent, shown in a mail that the account's owner trusts: of its words only the names of
 * programs that we know are told.
 */
export function shownProgram(userAgent: string | null): string {
  const nameIn = (known: Known[]) => known.find(([, mark]) => mark.test(userAgent ?? ''))?.[0];
  const [browser, system] = [nameIn(browsers), nameIn(systems)];
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'unknown');
}

/** The IP address of a request. It may have come through a proxy's header: what is no address is not shown. */
export function shownIp(ip: string | null): string {
  return ip !== null && isIP(ip) !== 0 ? ip : 'unknown';
}

/** A mail address within a sentence. */
export function shownAddress(address: string): string {
  return shortened(oneLine(address), addressMaxLength);
}

/** A moment as `2026-11-24 01:59 UTC`: readers live in any time zone and the mail does not know which. */
export function shownTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
