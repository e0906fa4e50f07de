import type { AnyTRPCRouter } from '@trpc/server';
import type { AuthRouter } from '#api';
import type { AuthClient } from './auth-client.ts';
import { createKeySet } from './server/key-set.ts';
import { headersOnward, type OnwardClient, onwardClient } from './server/onward-client.ts';
import { plainClient } from './server/plain-client.ts';
import { bearerOf, isSessionCookie, ourCookiesOf, type RequestLike, readRequest } from './server/request-headers.ts';
import type { RequestSession } from './server/request-session.ts';
import { serviceClient } from './server/service-client.ts';
import { verifyAccessToken } from './server/verify-access-token.ts';

/** Where the auth server is, and what of this server is to be used. */
export type ServerAuthOptions = {
  /** Where this server reaches the auth server, e.g. `http://auth.internal:3000`. */
  url: string;
  /** The auth server's own `PUBLIC_URL`, which its tokens name; `url` unless told otherwise. */
  issuer?: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970; the clock of this server unless told otherwise. */
  now?: () => number;
};

/** What another server of the house needs to know who is asking it. Made once, at start. */
export type ServerAuth<Router extends AnyTRPCRouter = AuthRouter> = {
  /** Reads an access token by the published keys, without asking anybody. Null when it is none of the auth server's, or over. */
  verifyAccessToken(token: string): Promise<RequestSession | null>;
  /**
   * Who made a request, or null. A bearer token is read by the published keys; a cookie, or both, are asked at the auth
   * server. A token may outlive its session by the five minutes it has: with `check: 'session'` that is asked too.
   * Rejects when it cannot be found out (answer 503): with a `KeysUnavailableError`, or as a call that failed.
   */
  sessionFromRequest(request: RequestLike, options?: { check?: 'token' | 'session' }): Promise<RequestSession | null>;
  /** Calls the auth server in the name of whoever made a request. */
  clientFor(request: RequestLike): OnwardClient<Router>;
  /**
   * Calls the auth server in this server's own name, by the key of a service account (`npm run service-account`). Make one and
   * keep it: it exchanges the key when the first call needs it, and again before the token ends. When that is refused, the call
   * rejects with the refusal of `auth.serviceToken`. A call whose scope the account does not have is `not_authenticated`.
   */
  serviceClient(serviceKey: string): AuthClient<Router>;
};

/** Connects a server to the auth server. Nothing is sent until somebody asks. */
export function createServerAuth<Router extends AnyTRPCRouter = AuthRouter>(options: ServerAuthOptions): ServerAuth<Router> {
  const url = options.url.replace(/\/+$/, '');
  const issuer = (options.issuer ?? url).replace(/\/+$/, '');
  const now = options.now ?? (() => Date.now());
  const fetch: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const keys = createKeySet({ url: `${url}/.well-known/jwks.json`, fetch, now });
  const verify = (token: string) => verifyAccessToken(token, { keys, issuer, now });

  return {
    verifyAccessToken: verify,
    async sessionFromRequest(request, { check = 'token' } = {}) {
      const read = readRequest(request);
      const bearer = bearerOf(read);
      const hasCookie = ourCookiesOf(read).some(isSessionCookie);
      if (bearer !== null && !hasCookie) {
        // What is no token of the auth server's is not worth a question.
        const session = await verify(bearer);
        if (!session || check === 'token') return session;
      } else if (!hasCookie) return null;
      const client = plainClient<AuthRouter>({ url, credentials: 'cookie', fetch, headers: headersOnward(read) });
      const current = await client.auth.session.query();
      return (
        current && {
          userId: current.user.id,
          sessionId: current.session.id,
          methods: current.session.methods,
          authenticatedAt: current.session.authenticatedAt,
          expiresAt: current.session.expiresAt,
        }
      );
    },
    clientFor: (request) => onwardClient<Router>(url, fetch, readRequest(request)),
    serviceClient: (serviceKey) => serviceClient<Router>({ url, fetch, now, serviceKey }),
  };
}

export { createInProcessClient, type InProcessClient, type InProcessOptions } from './server/in-process-client.ts';
export { KeysUnavailableError } from './server/keys-unavailable-error.ts';
export type { OnwardClient } from './server/onward-client.ts';
export type { RequestLike } from './server/request-headers.ts';
export type { RequestSession } from './server/request-session.ts';
