import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** In milliseconds since the stop began. */
const drainLimits = {
  /** So long balancers have, in production, to notice that `/readyz` says no before connections are refused. */
  noticeAfter: 2_000,
  /** New connections are taken while requests run, and no longer than this. */
  acceptUntil: 4_000,
  /** Then whoever is not done with their request is cut off. */
  cutAfter: 7_000,
};

/** Counts the requests that run. Call it before the server listens. */
export function countRequests(server: FastifyInstance): () => number {
  let running = 0;
  server.server.on('request', (_request, response) => {
    running += 1;
    response.once('close', () => {
      running -= 1;
    });
  });
  return () => running;
}

/**
 * Ends a server without failing a request: it goes on answering while it finishes what runs, `/readyz` says no and every
 * answer closes its connection; then it takes no more. A client that will not finish is cut off in the end.
 */
export async function drain(server: FastifyInstance, running: () => number, isProduction: boolean, limits = drainLimits): Promise<void> {
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const noticeAfter = isProduction && server.server.listening ? limits.noticeAfter : 0;
  while (elapsed() < noticeAfter || (running() > 0 && elapsed() < limits.acceptUntil)) await pause(20);
  const cut = setTimeout(() => server.server.closeAllConnections(), limits.cutAfter - elapsed());
  await server.close();
  clearTimeout(cut);
}
