import type { IncomingHttpHeaders } from 'node:http';

export type OriginRules = { ownOrigin: string; allowedOrigins: string[] };

/**
 * Whether a write may come from where it says it comes from (R-TRN-03). With a cookie it has to say; without one it may be
 * silent (a program, not a page), but what it says must be right all the same: that also covers login and registration.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, hasCookie: boolean, rules: OriginRules): boolean {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site === undefined && origin === undefined) return !hasCookie;
  if (origin !== undefined && rules.allowedOrigins.includes(origin)) return true;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin === rules.ownOrigin;
}

/** Headers that let an allow-listed page read the answer (R-TRN-05): exact origins, never reflected, never a wildcard. */
export function corsHeaders(origin: string | undefined, rules: OriginRules): Record<string, string> {
  if (origin === undefined || !rules.allowedOrigins.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-request-id',
  };
}

/** The answer to a preflight, beside `corsHeaders`. */
export const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type, authorization, x-latchkey-credentials, trpc-accept',
  'access-control-max-age': '600',
};
