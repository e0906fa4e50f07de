import { randomUUID } from 'node:crypto';
import { createServerAuth } from '@latchkey/auth-client/server';
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from './config.ts';
import { createAuthors } from './notes/authors.ts';
import { memoryNoteStore } from './notes/note-store.ts';
import { createNotesRouter, type NotesRouter } from './notes/notes.router.ts';
import { addPage } from './page-files.ts';

/** `now` answers milliseconds since 1970: the process's own clock unless told otherwise. */
export type ServiceOptions = { now?: () => number; logLevel?: string };

const mostCalls = 10;

/** The HTTP server, ready to listen. */
export async function createService(config: Config, { logLevel = 'silent', ...options }: ServiceOptions = {}): Promise<FastifyInstance> {
  const server = Fastify({
    logger: { level: logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 16 * 1024,
    requestTimeout: 10_000,
    // The names of all procedures of a batch are one parameter of its path.
    routerOptions: { maxParamLength: 500 },
  });
  const auth = createServerAuth({ url: config.authInternalUrl, issuer: config.authUrl, ...options });
  const authors = createAuthors(auth.serviceClient(config.serviceKey), (error) =>
    server.log.warn({ err: error }, 'the auth server did not give the names of authors'),
  );

  await server.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: createNotesRouter(memoryNoteStore(), authors),
      maxBatchSize: mostCalls,
      createContext: ({ req }) => ({
        requestId: req.id,
        // The token and nothing else: a browser sends cookies by itself, also when another site asks it to.
        session: () => auth.sessionFromRequest({ headers: { authorization: req.headers.authorization } }),
      }),
      onError: ({ error }) => {
        if (error.code === 'INTERNAL_SERVER_ERROR') server.log.error({ err: error.cause ?? error }, 'a procedure failed');
      },
    } satisfies FastifyTRPCPluginOptions<NotesRouter>['trpcOptions'],
  });
  server.get('/livez', async () => ({ status: 'ok' }));
  await addPage(server, config);
  return server;
}
