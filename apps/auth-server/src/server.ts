import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { clientAddress } from '@latchkey/auth-router';
import type { UserCore } from '@latchkey/user-core';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Config } from './config.ts';
import type { DemoProvider } from './demo-provider/demo-provider.ts';
import { addDevMailbox } from './dev-mailbox.ts';
import type { ServerExtensions } from './extensions.ts';
import { addHealth } from './health.ts';
import type { ServerLog } from './log.ts';
import { malformedRequests } from './malformed-requests.ts';
import { answerError, refuse } from './refuse.ts';
import { addSecurityHeaders, apiHeaders, pageHeaders } from './security-headers.ts';
import { addSocialCallback } from './social-callback.ts';
import { addTrpc } from './trpc-mount.ts';

const webRoot = fileURLToPath(new URL('../../web/dist', import.meta.url));
const pagePaths = ['/', '/register', '/login', '/verify-email', '/reset-password', '/confirm-email-change', '/social/callback/:provider'];

export type ServerParts = {
  config: Config;
  core: UserCore;
  log: ServerLog;
  extensions: ServerExtensions;
  demoProvider: DemoProvider | null;
  isStopping: () => boolean;
};

/** Against slow and large requests (R-TRN-09, -14). Times are in milliseconds, sizes in bytes. */
export const httpLimits = {
  /** For the whole request to arrive, and for its headers alone. */
  requestTimeout: 9_000,
  headersTimeout: 8_000,
  /** How often Node looks for requests that took longer. */
  checkEvery: 500,
  /** From the headers to the answer. Longer than a body may take: a slow client is not our failure. */
  handlerTimeout: 10_000,
  /** For a connection on which nothing moves, and for one that waits for its next request. */
  connectionTimeout: 30_000,
  keepAliveTimeout: 72_000,
  maxBody: 64 * 1024,
  maxHeaders: 16 * 1024,
  maxUrl: 8 * 1024,
  /** Ten procedures by their longest names, with commas. */
  maxPath: 600,
};

/** The HTTP server, ready to listen. */
export async function createServer(parts: ServerParts, limits = httpLimits): Promise<FastifyInstance> {
  const { config, core, log, extensions, isStopping } = parts;
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    bodyLimit: limits.maxBody,
    requestTimeout: limits.requestTimeout,
    handlerTimeout: limits.handlerTimeout,
    connectionTimeout: limits.connectionTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    maxRequestsPerSocket: 1000,
    forceCloseConnections: 'idle',
    // What still comes on an open connection while the server stops is answered as ever.
    return503OnClosing: false,
    routerOptions: { maxParamLength: limits.maxPath },
    http: { maxHeaderSize: limits.maxHeaders, headersTimeout: limits.headersTimeout, connectionsCheckingInterval: limits.checkEvery },
    ...malformedRequests(apiHeaders(config), log),
  });
  addSecurityHeaders(server, config);
  server.addHook('onRequest', async (request, reply) => {
    if (isStopping()) reply.header('connection', 'close');
    if (request.url.length > limits.maxUrl) return refuse(request, reply, 'invalid_input', { status: 414 });
    // Before its body is read.
    if (request.is404) return refuse(request, reply, 'not_found');
  });
  server.addHook('onResponse', async (request, reply) => {
    // Neither the query nor what a careless client sends of a fragment: they may hold input and tokens.
    const path = request.url.split(/[?#]/)[0];
    const ms = Math.round(reply.elapsedTime);
    log.info(
      { requestId: request.id, method: request.method, path, status: reply.statusCode, ms, ip: clientAddress(request.ip) },
      'answered',
    );
  });
  server.setNotFoundHandler((request, reply) => refuse(request, reply, 'not_found'));
  server.setErrorHandler(answerError);
  await addTrpc(server, parts);
  addHealth(server, parts);
  if (!config.smtp && !config.isProduction) addDevMailbox(server, core, config, extensions);
  parts.demoProvider?.addTo(server);
  addSocialCallback(server, core);
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
