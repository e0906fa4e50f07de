import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import type { UserCore } from '@latchkey/user-core';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { addDevMailbox } from './dev-mailbox.ts';
import type { ServerExtensions } from './extensions.ts';
import { addHealth } from './health.ts';
import type { ServerLog } from './log.ts';
import { addSecurityHeaders, pageHeaders } from './security-headers.ts';
import { addTrpc } from './trpc-mount.ts';

const webRoot = fileURLToPath(new URL('../../web/dist', import.meta.url));
const pagePaths = ['/', '/register', '/login', '/verify-email', '/reset-password', '/confirm-email-change', '/social/callback/:provider'];

export type ServerParts = { config: Config; core: UserCore; log: ServerLog; extensions: ServerExtensions; isStopping: () => boolean };

/** The HTTP server, ready to listen. Limits against slow and large requests: R-TRN-09, -14. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const { config, core, log, extensions } = parts;
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: 64 * 1024,
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 72_000,
    maxRequestsPerSocket: 1000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 600 },
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 8_000 },
  });
  addSecurityHeaders(server, config);
  server.addHook('onResponse', async (request, reply) => {
    // Without the query: it may hold input. Without the path of a page: its fragment never arrives anyway.
    const path = request.url.split('?')[0];
    log.info(
      { requestId: request.id, method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip: request.ip },
      'answered',
    );
  });
  await server.register(fastifyCookie);
  await addTrpc(server, parts);
  addHealth(server, parts);
  if (!config.smtp && !config.isProduction) addDevMailbox(server, core, config, extensions);
  server.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return core.signingKeys.jwks();
  });
  await addWeb(server);
  return server;
}

async function addWeb(server: FastifyInstance): Promise<void> {
  if (!existsSync(webRoot)) return;
  await server.register(fastifyStatic, { root: webRoot, wildcard: false, index: false, cacheControl: false, serve: false });
  await server.register(fastifyStatic, {
    root: `${webRoot}/assets`,
    prefix: '/assets/',
    decorateReply: false,
    immutable: true,
    maxAge: '365d',
  });
  for (const path of pagePaths) {
    server.get(path, (_request, reply) => reply.headers(pageHeaders).sendFile('index.html', { cacheControl: false }));
  }
}
