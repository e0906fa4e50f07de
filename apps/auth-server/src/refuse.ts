import { refusalAnswer } from '@latchkey/auth-router';
import { isDatabaseUnavailable, Refusal, type RefusalReason } from '@latchkey/user-core';
import type { FastifyReply, FastifyRequest } from 'fastify';

type As = NonNullable<Parameters<typeof refusalAnswer>[2]>;

/** Answers a request that no procedure gets to see, in the shape of every other refusal. */
export function refuse(request: FastifyRequest, reply: FastifyReply, reason: RefusalReason, as: As = {}): FastifyReply {
  const { status, body } = refusalAnswer(new Refusal(reason, reason === 'overloaded' ? { retryAfterSeconds: 1 } : {}), request.id, as);
  return reply.code(status).type('application/json').send(body);
}

/** Answers a request that failed outside of a procedure: what the HTTP server found wrong with it, or a bug of ours. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = (error as { statusCode?: number }).statusCode ?? (isDatabaseUnavailable(error) ? 503 : 500);
  if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed');
  if (status === 503) return refuse(request, reply.header('retry-after', '1'), 'overloaded');
  if (status >= 500) return refuse(request, reply, 'internal');
  // A file beyond the served folder: it is not there.
  if (status === 403) return refuse(request, reply, 'not_found');
  if (status === 413) return refuse(request, reply, 'invalid_input', { code: 'PAYLOAD_TOO_LARGE' });
  if (status === 415) return refuse(request, reply, 'invalid_input', { code: 'UNSUPPORTED_MEDIA_TYPE' });
  return refuse(request, reply, 'invalid_input', { status });
}
