import { type AuthContext, type AuthRequest, createAuthContext } from '@latchkey/auth-router';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieSink, readCookies } from './session-cookie.ts';

/** Reads off a request what procedures may know of it. Looks nothing up. */
export function readAuthRequest(request: FastifyRequest, isSecure: boolean): AuthRequest {
  const { headers } = request;
  return {
    origin: { ip: request.ip, userAgent: headers['user-agent']?.slice(0, 512) ?? null, requestId: request.id },
    credentials: headers['x-latchkey-credentials'] === 'token' ? 'token' : 'cookie',
    cookies: readCookies(headers.cookie, isSecure),
    bearer: readBearer(headers.authorization),
    calls: calledProcedures(request.url),
    isStream: headers['trpc-accept'] === 'application/jsonl' || /text\/event-stream/.test(headers.accept ?? ''),
  };
}

export function contextOf(request: FastifyRequest, reply: FastifyReply, isSecure: boolean): AuthContext {
  return createAuthContext({ request: readAuthRequest(request, isSecure), cookies: cookieSink(reply, isSecure) });
}

/** The names between `/trpc/` and the query, as tRPC will split them. */
function calledProcedures(url: string): string[] {
  const path = url.split('?')[0]?.replace(/^\/trpc\//, '') ?? '';
  try {
    return decodeURIComponent(path).split(',');
  } catch {
    return [path];
  }
}

/** Another scheme is none of ours; a malformed bearer token is one that proves nothing. */
function readBearer(header: string | undefined): string | null {
  if (header === undefined || !/^bearer(\s|$)/i.test(header)) return null;
  return /^bearer ([\w.~+/=-]{1,4096})$/i.exec(header)?.[1] ?? '';
}
