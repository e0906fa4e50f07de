/** Headers that let an allow-listed page read the answer (R-TRN-05): exact origins, never reflected, never a wildcard. */
export function corsHeaders(origin: string | undefined, allowedOrigins: string[]): Record<string, string> {
  if (origin === undefined || !allowedOrigins.includes(origin)) return {};
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
