import { isIP } from 'node:net';
import { type AuthContext, type AuthRequest, createAuthContext } from '@latchkey/auth-router';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieSink, readCookies } from './session-cookie.ts';

/** Reads off a request what procedures may know of it. Looks nothing up. */
export function readAuthRequest(request: FastifyRequest, isSecure: boolean): Omit<AuthRequest, 'calls' | 'isStream'> {
  const { headers } = request;
  return {
    origin: { ip: clientAddress(request), userAgent: headers['user-agent']?.slice(0, 512) ?? null, requestId: request.id },
    credentials: headers['x-latchkey-credentials'] === 'token' ? 'token' : 'cookie',
    cookies: readCookies(headers.cookie, isSecure),
    bearer: readBearer(headers.authorization),
  };
}

/** What tRPC found in a request. Its own reading of it counts, so that nothing can be called that was not counted. */
export type CallInfo = { calls: { path: string }[]; accept: string | null };

export function contextOf(request: FastifyRequest, reply: FastifyReply, isSecure: boolean, info: CallInfo): AuthContext {
  const calls = info.calls.map(({ path }) => path);
  const asked = { ...readAuthRequest(request, isSecure), calls, isStream: info.accept === 'application/jsonl' };
  return createAuthContext({ request: asked, cookies: cookieSink(reply, isSecure) });
}

/** Null when a trusted proxy passed on something that is not an address. */
export function clientAddress({ ip }: FastifyRequest): string | null {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? null : address;
}

/** Another scheme is none of ours; a malformed bearer token is one that proves nothing. */
function readBearer(header: string | undefined): string | null {
  if (header === undefined || !/^bearer(\s|$)/i.test(header)) return null;
  return /^bearer ([\w.~+/=-]{1,4096})$/i.exec(header)?.[1] ?? '';
}
