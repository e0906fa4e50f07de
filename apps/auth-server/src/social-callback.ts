import { notePostedName, type UserCore } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';

type Returned = { Params: { provider: string }; Body: URLSearchParams };

/** What the page needs of an answer, and how long it may be. All else that a provider sends is dropped. */
const passedOn = { code: 4096, state: 256, iss: 512, error: 256 } as const;

/**
 * Takes the answer of a provider that posts it (Apple) and sends the browser on to the page of the same path. Such a post
 * comes from another site, without our cookies, so nothing is decided here: the page finishes, with the cookie.
 */
export function addSocialCallback(server: FastifyInstance, core: UserCore): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 16 * 1024 }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    scope.post<Returned>('/social/callback/:provider', async (request, reply) => {
      const { provider } = request.params;
      const posted = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      if (!/^[a-z][a-z0-9-]{0,31}$/.test(provider)) return reply.callNotFound();
      const known = Object.entries(passedOn).flatMap(([name, maxLength]) => {
        const [value, ...more] = posted.getAll(name);
        return value !== undefined && more.length === 0 && value.length <= maxLength ? [[name, value] as [string, string]] : [];
      });
      const [state, user] = [posted.get('state'), posted.get('user')];
      if (state !== null && user !== null) await notePostedName(core, { provider, state, user });
      return reply.redirect(`/social/callback/${provider}?${new URLSearchParams(known)}`, 303);
    });
  });
}
