import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { corsHeaders } from './origin-check.ts';

const apiPolicy = "default-src 'none'; frame-ancestors 'none'";

/** What a page of the web app may do: load its own files, call its own server, and nothing else. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self' data:",
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** Headers of every answer (R-TRN-08), unless its route has set its own. */
export function addSecurityHeaders(server: FastifyInstance, config: Config): void {
  const rules = { ownOrigin: config.publicUrl, allowedOrigins: config.allowedOrigins };
  const fixed: Record<string, string> = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...(config.publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
  server.addHook('onSend', async (request, reply) => {
    reply.headers(fixed).header('x-request-id', request.id);
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', apiPolicy);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    const cors = corsHeaders(request.headers.origin, rules);
    reply.headers(cors);
    if (rules.allowedOrigins.length > 0) {
      // tRPC sets its own Vary and would replace one that was there: all values are joined here.
      const vary = new Set(`${reply.getHeader('vary') ?? ''},origin`.split(',').map((name) => name.trim().toLowerCase()));
      reply.header('vary', [...vary].filter((name) => name !== '').join(', '));
    }
    if (cors['access-control-allow-origin']) reply.header('cross-origin-resource-policy', 'cross-origin');
  });
}
