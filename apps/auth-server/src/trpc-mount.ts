import { isUtf8 } from 'node:buffer';
import { createAuthRouter, isJson, isOriginAllowed, readHttpRequest } from '@latchkey/auth-router';
import { Refusal, recordRefusal, type UserCore } from '@latchkey/user-core';
import type { TRPCError } from '@trpc/server';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { corsHeaders, preflightHeaders } from './cross-origin.ts';
import { refuse } from './refuse.ts';
import { contextOf, exchangeOf } from './request-context.ts';
import type { ServerParts } from './server.ts';

type Rules = { publicUrl: string; allowedOrigins: string[] };

const maxCalls = 10;

/** Mounts the router at `/trpc`, behind a gate that refuses before a body is read. */
export async function addTrpc(server: FastifyInstance, { config, core, extensions }: ServerParts): Promise<void> {
  const { publicUrl, allowedOrigins } = config;
  const built = createAuthRouter({ core, ...(extensions.fields && { fields: extensions.fields }) });
  const router = extensions.router?.({ ...built, core }) ?? built.authRouter;

  await server.register(async (scope) => {
    // The one kind of body that procedures take; tRPC parses it. A form, above all, is never read (R-TRN-02).
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => utf8(body));
    scope.addHook('onRequest', async (request, reply) => gate(core, { publicUrl, allowedOrigins }, request, reply));
    scope.all<{ Params: { path: string } }>('/trpc/:path', async (request, reply) => {
      let isCalled = false;
      // What tRPC finds wrong before it asks for a context is answered here: it would not know the request's id.
      const answer: FastifyReply = Object.create(reply, {
        send: { value: (response: Response) => (isCalled ? pass(response, reply) : refuse(request, reply, 'invalid_input')) },
      });
      await fastifyRequestHandler({
        router,
        maxBatchSize: maxCalls,
        path: request.params.path,
        req: request,
        res: answer,
        createContext: async ({ info }) => {
          isCalled = true;
          return contextOf(request, reply, publicUrl, info);
        },
        responseMeta: ({ errors }) => retryAfter(errors),
      });
      return reply;
    });
  });
}

function utf8(body: Buffer): string {
  if (!isUtf8(body)) throw Object.assign(new Error('a body is not UTF-8'), { statusCode: 400 });
  return body.toString('utf8');
}

/** Hands over what tRPC answers. Its headers are set first, so that those of every answer are joined to them. */
async function pass(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status);
  // The one of the two methods that the procedure wants (RFC 9110 §15.5.6).
  if (response.status === 405) reply.header('allow', `${reply.request.method === 'GET' ? 'POST' : 'GET'}, OPTIONS`);
  for (const [name, value] of response.headers) reply.header(name, value);
  return reply.send(response.headers.has('transfer-encoding') ? response.body : await response.text());
}

/** Refuses what needs no look at the body; answers nothing when the request may go on. */
async function gate(core: UserCore, rules: Rules, request: FastifyRequest, reply: FastifyReply) {
  const { method, headers } = request;
  if (method === 'OPTIONS')
    return reply
      .code(204)
      .headers({ ...corsHeaders(headers.origin, rules.allowedOrigins), ...preflightHeaders })
      .send();
  if (method !== 'GET' && method !== 'POST') {
    return refuse(request, reply.header('allow', 'GET, POST, OPTIONS'), 'invalid_input', { code: 'METHOD_NOT_SUPPORTED' });
  }
  // We read UTF-8 as it is: other bytes mended into it would be another password.
  const isEncoded =
    (headers['content-encoding'] ?? 'identity') !== 'identity' || /charset=(?!"?utf-?8"?\s*(;|$))/i.test(headers['content-type'] ?? '');
  if (isEncoded) return refuse(request, reply, 'invalid_input', { code: 'UNSUPPORTED_MEDIA_TYPE' });
  if (!isJson(headers) && (method === 'POST' || headers['content-type'] !== undefined)) {
    return refuse(request, reply, 'invalid_input', { code: 'UNSUPPORTED_MEDIA_TYPE' });
  }
  const { path = '' } = request.params as { path?: string };
  if (path.split(',').length > maxCalls) return refuse(request, reply, 'batch_refused');
  if (method === 'GET') return;
  if (!isOriginAllowed(headers, rules)) {
    // Nobody waits for the record: a database that hangs does not hold up a refusal.
    void recordRefusal(core, 'origin_refused', path, readHttpRequest(exchangeOf(request, reply, rules.publicUrl)).origin, null);
    return refuse(request, reply, 'origin_refused');
  }
}

/** For clients that look at headers only, the longest wait that any call of the request was told. */
function retryAfter(errors: TRPCError[]): { headers?: Record<string, string> } {
  const waits = errors.map(({ cause }) => (cause instanceof Refusal ? (cause.retryAfterSeconds ?? 0) : 0));
  const longest = Math.max(0, ...waits);
  return longest > 0 ? { headers: { 'retry-after': String(longest) } } : {};
}
