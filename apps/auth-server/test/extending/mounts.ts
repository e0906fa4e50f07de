import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createHttpAuthContext, refuseWrite } from '@latchkey/auth-router';
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import Fastify from 'fastify';
import type { PostsApplication } from './posts-application.ts';

/** The application served by one kind of HTTP server, below `/trpc`. */
export type Mount = (app: PostsApplication, publicUrl: string) => Promise<{ url: string; close(): Promise<void> }>;

const byFastify: Mount = async ({ router }, publicUrl) => {
  const server = Fastify({ genReqId: () => randomUUID() });
  server.addHook('onRequest', async (request, reply) => {
    const refused = refuseWrite({ method: request.method, headers: request.headers, requestId: request.id }, { publicUrl });
    if (refused) return reply.code(refused.status).send(refused.body);
  });
  await server.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router,
      createContext: ({ req, res, info }) =>
        createHttpAuthContext({
          headers: req.headers,
          appendHeader: (name, value) => void res.header(name, value),
          ip: req.ip,
          requestId: req.id,
          publicUrl,
          info,
        }),
    } satisfies FastifyTRPCPluginOptions<typeof router>['trpcOptions'],
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => server.close() };
};

const byNode: Mount = async ({ router }, publicUrl) => {
  const requestIds = new WeakMap<IncomingMessage, string>();
  const handler = createHTTPHandler({
    router,
    basePath: '/trpc/',
    createContext: ({ req, res, info }) =>
      createHttpAuthContext({
        headers: req.headers,
        appendHeader: (name, value) => void res.appendHeader(name, value),
        ip: req.socket.remoteAddress ?? null,
        requestId: requestIds.get(req) ?? '',
        publicUrl,
        info,
      }),
  });
  return listen(
    createServer((req, res) => {
      const requestId = randomUUID();
      requestIds.set(req, requestId);
      const refused = refuseWrite({ method: req.method ?? '', headers: req.headers, requestId }, { publicUrl });
      if (refused) res.writeHead(refused.status, { 'content-type': 'application/json' }).end(JSON.stringify(refused.body));
      else handler(req, res);
    }),
  );
};

/** A fetch handler, as serverless hosts and other frameworks want it, behind the smallest of servers. */
const byFetch: Mount = async ({ router }, publicUrl) => {
  const handle = (request: Request, ip: string | null): Promise<Response> | Response => {
    const requestId = randomUUID();
    const refused = refuseWrite({ method: request.method, headers: request.headers, requestId }, { publicUrl });
    if (refused) return Response.json(refused.body, { status: refused.status });
    return fetchRequestHandler({
      endpoint: '/trpc',
      req: request,
      router,
      createContext: ({ req, resHeaders, info }) =>
        createHttpAuthContext({
          headers: req.headers,
          appendHeader: (name, value) => resHeaders.append(name, value),
          ip,
          requestId,
          publicUrl,
          info,
        }),
    });
  };
  return listen(
    createServer(async (req, res) => {
      const headers = new Headers(Object.entries(req.headers).map(([name, value]): [string, string] => [name, String(value)]));
      const { method = 'GET' } = req;
      const request = new Request(`http://127.0.0.1${req.url}`, { method, headers, ...(method === 'POST' && { body: await text(req) }) });
      const response = await handle(request, req.socket.remoteAddress ?? null);
      res.statusCode = response.status;
      for (const [name, value] of response.headers) res.appendHeader(name, value);
      res.end(await response.text());
    }),
  );
};

export const mounts: Record<string, Mount> = { Fastify: byFastify, 'Node’s http': byNode, 'a fetch handler': byFetch };

async function listen(server: Server): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
