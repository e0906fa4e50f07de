import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { refusalAnswer } from '@latchkey/auth-router';
import { Refusal } from '@latchkey/user-core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerLog } from './log.ts';
import { answerError } from './refuse.ts';

/**
 * Answers for requests that reach no route and run no hook: a URL that cannot be read, and what is not HTTP. They look like
 * every other refusal, carry the same headers, and repeat nothing of what came.
 */
export function malformedRequests(headers: Record<string, string>, log: ServerLog) {
  const note = (requestId: string, status: number) => log.info({ requestId, status }, 'refused a malformed request');

  return {
    /** Fastify's own errors. */
    frameworkErrors(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
      answerError(error, request, reply.headers(headers).header('x-request-id', request.id));
      note(request.id, reply.statusCode);
    },

    /** Node's own: there is only a socket left to write to. */
    clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
      const requestId = randomUUID();
      const { status, body } = refusalAnswer(new Refusal('invalid_input'), requestId, { status: statusOf(error.code) });
      const text = JSON.stringify(body);
      const lines = Object.entries({
        ...headers,
        'x-request-id': requestId,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}`);
      note(requestId, status);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
    },
  };
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
