import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createHttpAuthContext, refuseWrite } from '@latchkey/auth-router';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { AppRouter } from './router.ts';

/** Serves the router by Node's own HTTP server, below `/trpc`. */
export function serve(router: AppRouter, publicUrl: string): Server {
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
  return createServer((req, res) => {
    const requestId = randomUUID();
    requestIds.set(req, requestId);
    const refused = refuseWrite({ method: req.method ?? '', headers: req.headers, requestId }, { publicUrl });
    if (refused) res.writeHead(refused.status, { 'content-type': 'application/json' }).end(JSON.stringify(refused.body));
    else handler(req, res);
  });
}
