import type { AuthRouter } from '@latchkey/auth-router/api';
import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';

/** Every procedure of the server, typed: `client.auth.login.mutate({ identifier, password })`, `client.auth.session.query()`. */
export type AuthClient = TRPCClient<AuthRouter>;

export type AuthClientOptions = {
  /** Base of the server, e.g. `http://localhost:3000`; `''` is the origin of the page. */
  url: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
};

/** The server refuses a batch of more calls. */
const maxBatchedQueries = 10;

/**
 * Makes a client that is known by its cookie. Queries made in the same tick share a request, 10 at most; every mutation
 * travels alone, because the server refuses two checks of a credential in one batch, and whole: an answer that is streamed
 * could not set a cookie. A refused call rejects with an error that `refusalOf` reads.
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const transport = {
    url: `${options.url.replace(/\/+$/, '')}/trpc`,
    transformer: superjson,
    fetch: withCookies(options.fetch),
  };
  return createTRPCClient<AuthRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'query',
        true: httpBatchLink({ ...transport, maxItems: maxBatchedQueries }),
        false: httpLink(transport),
      }),
    ],
  });
}

type Fetch = typeof globalThis.fetch;
type SentOptions = Omit<RequestInit, 'signal'> & { signal?: AbortSignal | null | undefined };

/** The global is looked up at each call: it may be replaced after the client is made. */
function withCookies(fetch: Fetch | undefined) {
  return (input: Parameters<Fetch>[0], init: SentOptions = {}): Promise<Response> =>
    (fetch ?? globalThis.fetch)(input, { ...init, signal: init.signal ?? null, credentials: 'include' });
}

export { type AuthErrorData, type RefusalReason, refusalOf } from './refusal-of.ts';
