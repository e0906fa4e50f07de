import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from './loopback.ts';
import { refuse } from './refuse.ts';

const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * A hook for what is only for a developer: to everybody but this machine it is not there. Pages of other sites reach us by a
 * name of theirs that leads here (DNS rebinding), and strangers by a proxy. `publicUrl` may name us too when it is plain HTTP.
 */
export function onlyForThisMachine(publicUrl: string) {
  const own = new URL(publicUrl);
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const host = request.headers.host ?? '';
    const isNamed = isLoopback(host.replace(/:\d+$/, '')) || (own.protocol === 'http:' && host === own.host);
    const isDirect = !forwarded.some((name) => request.headers[name] !== undefined);
    return isNamed && isDirect ? undefined : refuse(request, reply, 'not_found');
  };
}
