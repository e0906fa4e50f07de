import { type AuthContext, type CallInfo, createHttpAuthContext, type HttpExchange } from '@latchkey/auth-router';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request and its answer, as the router speaks of them. */
export function exchangeOf(request: FastifyRequest, reply: FastifyReply, publicUrl: string): HttpExchange {
  return {
    headers: request.headers,
    ip: request.ip,
    requestId: request.id,
    publicUrl,
    appendHeader(name, value) {
      // It would be lost in silence.
      if (reply.raw.headersSent) throw new Error(`${name} was set after the headers had left`);
      reply.header(name, value);
    },
  };
}

export function contextOf(request: FastifyRequest, reply: FastifyReply, publicUrl: string, info: CallInfo): AuthContext {
  return createHttpAuthContext({ ...exchangeOf(request, reply, publicUrl), info });
}
