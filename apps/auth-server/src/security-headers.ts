import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { corsHeaders } from './cross-origin.ts';

const openerPolicy = { 'cross-origin-opener-policy': 'same-origin' };

/** What a page of the web app may do: load its own files, call its own server, and nothing else. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self' data:",
  'cache-control': 'no-cache',
  ...openerPolicy,
};

/** Headers of every answer (R-TRN-08). The last two are for what is not a page or a file; routes of these set their own. */
export function apiHeaders(config: Config): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...openerPolicy,
    ...(config.publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  };
}

/** Puts them on every answer, unless its route has set its own. */
export function addSecurityHeaders(server: FastifyInstance, config: Config): void {
  const { allowedOrigins } = config;
  const headers = Object.entries(apiHeaders(config));
  server.addHook('onSend', async (request, reply) => {
    for (const [name, value] of headers) if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-request-id', request.id);
    const cors = corsHeaders(request.headers.origin, allowedOrigins);
    reply.headers(cors);
    if (allowedOrigins.length > 0) {
      // tRPC sets its own Vary and would replace one that was there: all values are joined here.
      const vary = new Set(`${reply.getHeader('vary') ?? ''},origin`.split(',').map((name) => name.trim().toLowerCase()));
      reply.header('vary', [...vary].filter((name) => name !== '').join(', '));
    }
    if (cors['access-control-allow-origin']) reply.header('cross-origin-resource-policy', 'cross-origin');
  });
}
