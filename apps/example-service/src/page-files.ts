import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { PageConfig } from './page-config.ts';

const root = fileURLToPath(new URL('../dist/page', import.meta.url));

/** Serves the page, from the origin of its API: so that no other origin has to be let in. */
export async function addPage(server: FastifyInstance, { authUrl }: Config): Promise<void> {
  const policy = `default-src 'self'; connect-src 'self' ${authUrl}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`;
  server.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  server.get('/page-config.json', async (): Promise<PageConfig> => ({ authUrl }));
  if (existsSync(root)) await server.register(fastifyStatic, { root, wildcard: false, cacheControl: false });
}
