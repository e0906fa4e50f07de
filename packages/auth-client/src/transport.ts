import {
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  type Operation,
  type OperationResultEnvelope,
  type TRPCClientError,
} from '@trpc/client';
import superjson from 'superjson';
import type { AuthRouter } from '#api';
import { asksForTokens } from './procedure-rules.ts';

export type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AuthRouter>>;

/** Carries one operation to the server, with an access token or without, and its answer back. Rejects with a `TRPCClientError`. */
export type Transport = (operation: Operation, accessToken: string | null) => Promise<Envelope>;

type Fetch = typeof globalThis.fetch;

export type TransportOptions = {
  url: string;
  credentials: 'cookie' | 'token';
  fetch?: Fetch | undefined;
  stream?: boolean | undefined;
  /** Sent along with every request. */
  headers?: Record<string, string> | undefined;
};

/** The server refuses a batch of more calls, and a longer URL. */
const maxBatchedQueries = 10;
const maxUrlLength = 8_000;

/**
 * Queries of one tick and one token share a request; every mutation travels alone, because two checks of a credential may
 * not share one, and whole: the headers of a stream leave before a procedure could set a cookie.
 */
export function createTransport(options: TransportOptions): Transport {
  const base = {
    url: `${options.url.replace(/\/+$/, '')}/trpc`,
    transformer: superjson,
    fetch: withCredentials(options.fetch, options.credentials === 'cookie' ? 'include' : 'omit'),
  };
  const headersFor = (accessToken: string | null) => ({
    ...options.headers,
    ...(accessToken !== null && { authorization: `Bearer ${accessToken}` }),
  });
  const queryLink = (accessToken: string | null) => {
    const batch = { ...base, maxItems: maxBatchedQueries, maxURLLength: base.url.length + maxUrlLength, headers: headersFor(accessToken) };
    return (options.stream ? httpBatchStreamLink<AuthRouter>(batch) : httpBatchLink<AuthRouter>(batch))({});
  };
  // Calls of different people, or of the same one before and after a renewal, are never in one batch.
  let queries = { accessToken: null as string | null, link: queryLink(null) };

  const linkFor = (operation: Operation, accessToken: string | null) => {
    if (operation.type === 'query') {
      if (queries.accessToken !== accessToken) queries = { accessToken, link: queryLink(accessToken) };
      return queries.link;
    }
    if (operation.type === 'subscription')
      throw new Error(`${operation.path}: subscriptions need a client of your own, with what accessTokenOf gives or with the cookie`);
    const asks = options.credentials === 'token' && asksForTokens(operation.path);
    const headers = { ...headersFor(accessToken), ...(asks && { 'x-latchkey-credentials': 'token' }) };
    return httpLink<AuthRouter>({ ...base, headers })({});
  };

  return (operation, accessToken) =>
    new Promise((resolve, reject) => {
      linkFor(operation, accessToken)({ op: operation, next: nothingFollows }).subscribe({ next: resolve, error: reject });
    });
}

function nothingFollows(): never {
  throw new Error('the transport is the last link');
}

type SentOptions = Omit<RequestInit, 'signal'> & { signal?: AbortSignal | null | undefined };

/** The global is looked up at each call: it may be replaced after the client is made. */
function withCredentials(fetch: Fetch | undefined, credentials: 'include' | 'omit') {
  return (input: Parameters<Fetch>[0], init: SentOptions = {}): Promise<Response> =>
    (fetch ?? globalThis.fetch)(input, { ...init, signal: init.signal ?? null, credentials });
}
