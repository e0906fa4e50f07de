import { createAuthRouter, refusalAnswer } from '@latchkey/auth-router';
import { Refusal, recordRefusedOrigin } from '@latchkey/user-core';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { corsHeaders, isOriginAllowed, preflightHeaders } from './origin-check.ts';
import { contextOf, readAuthRequest } from './request-context.ts';
import type { ServerParts } from './server.ts';

type Code = Parameters<typeof refusalAnswer>[2];
const maxUrlLength = 8 * 1024;

/** Mounts the router at `/trpc`, behind a gate that refuses before a body is read. */
export async function addTrpc(server: FastifyInstance, parts: ServerParts): Promise<void> {
  const { config, core, extensions } = parts;
  const isSecure = config.publicUrl.startsWith('https:');
  const rules = { ownOrigin: config.publicUrl, allowedOrigins: config.allowedOrigins };
  const { authRouter } = createAuthRouter({ core, ...(extensions.fields && { fields: extensions.fields }) });

  await server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const { method, headers } = request;
      if (method === 'OPTIONS')
        return reply
          .code(204)
          .headers({ ...corsHeaders(headers.origin, rules), ...preflightHeaders })
          .send();
      if (method !== 'GET' && method !== 'POST') return refuse(request, reply, 'invalid_input', { code: 'METHOD_NOT_SUPPORTED' });
      if (request.url.length > maxUrlLength) return refuse(request, reply, 'invalid_input', { status: 414 });
      if (method === 'GET') return;
      if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
        return refuse(request, reply, 'invalid_input', { code: 'UNSUPPORTED_MEDIA_TYPE' });
      }
      const asked = readAuthRequest(request, isSecure);
      if (!isOriginAllowed(headers, Object.values(asked.cookies).flat().length > 0, rules)) {
        await recordRefusedOrigin(core, asked.origin);
        return refuse(request, reply, 'origin_refused');
      }
    });
    scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed');
      if (status === 413) return refuse(request, reply, 'invalid_input', { code: 'PAYLOAD_TOO_LARGE' });
      return status < 500 ? refuse(request, reply, 'invalid_input') : refuse(request, reply, 'internal');
    });
    scope.options('/trpc/*', () => undefined);
    await scope.register(fastifyTRPCPlugin, {
      prefix: '/trpc',
      trpcOptions: {
        router: authRouter,
        maxBatchSize: 50,
        createContext: ({ req, res }: { req: FastifyRequest; res: FastifyReply }) => contextOf(req, res, isSecure),
      },
    });
  });
  server.setNotFoundHandler((request, reply) => refuse(request, reply, 'not_found'));
  server.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    const isOurs = (error.statusCode ?? 500) >= 500;
    if (isOurs) request.log.error({ err: error, requestId: request.id }, 'a request failed');
    return refuse(request, reply, isOurs ? 'internal' : 'invalid_input');
  });
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  reason: 'invalid_input' | 'origin_refused' | 'not_found' | 'internal',
  as: { code?: NonNullable<Code>; status?: number } = {},
): FastifyReply {
  const { status, body } = refusalAnswer(new Refusal(reason), request.id, as.code);
  return reply
    .code(as.status ?? status)
    .type('application/json')
    .send(body);
}
