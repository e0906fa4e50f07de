import { checkHealth } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';
import type { ServerParts } from './server.ts';

/** `/livez`: the process answers. `/readyz`: it can do its work; false as soon as it begins to stop. */
export function addHealth(server: FastifyInstance, { core, isStopping }: ServerParts): void {
  server.get('/livez', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const checks = isStopping() ? { ready: false, reason: 'stopping' } : await checkHealth(core);
    reply.code(checks.ready ? 200 : 503);
    return { status: checks.ready ? 'ok' : 'unavailable', ...checks };
  });
}
