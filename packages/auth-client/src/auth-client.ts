import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { AuthRouter } from '#api';
import { authenticatedCall, orNotRenewed } from './authenticated-call.ts';
import { partsOf, rememberParts } from './client-parts.ts';
import { platform } from './host.ts';
import { type AuthChange, createIdentityWatch } from './identity.ts';
import { inTime } from './in-time.ts';
import { linkOf } from './link-of.ts';
import { refusalOf } from './refusal-of.ts';
import { createTokenKeeper, type TokenKeeper } from './tokens/token-keeper.ts';
import { memoryTokenStore, type TokenStore } from './tokens/token-store.ts';
import { createTransport, type Transport } from './transport.ts';

/**
 * Every procedure of the server, typed: `client.auth.login.mutate({ identifier, password })`, `client.auth.session.query()`.
 * With fields of an application: `AuthClient<AuthRouter<typeof fields>>`; with a router of its own around ours: `AuthClient<AppRouter>`.
 */
export type AuthClient<Router extends AnyTRPCRouter = AuthRouter> = TRPCClient<Router>;

/** How a client reaches the server, and how its session travels. */
export type AuthClientOptions = {
  /** Base of the server, e.g. `http://localhost:3000`; `''` is the origin of the page. */
  url: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Lets answers of queries arrive one by one. Mutations, which may set credentials, never travel on a stream. */
  stream?: boolean;
} & (CookieOptions | TokenOptions);

type CookieOptions = {
  /**
   * How the session travels. `cookie`, the default, is for browsers: no script can read it. `token` is for everything else:
   * phones, command lines, workers.
   */
  credentials?: 'cookie';
  /** Only with `credentials: 'token'`. */
  tokenStore?: undefined;
};

type TokenOptions = {
  credentials: 'token';
  /** Where tokens are kept between calls; in memory unless told otherwise. */
  tokenStore?: TokenStore;
};

/**
 * Makes a client. Queries made in the same tick share a request, 10 at most; every mutation travels alone. A refused call
 * rejects with an error that `refusalOf` reads. In token mode tokens are kept, sent and renewed by themselves: one renewal
 * for any number of calls and tabs, each call repeated once at most.
 */
export function createAuthClient<Router extends AnyTRPCRouter = AuthRouter>(options: AuthClientOptions): AuthClient<Router> {
  const { url, credentials = 'cookie', fetch, stream } = options;
  const transport = createTransport({ url, credentials, fetch, stream });
  const store = credentials === 'token' ? (options.tokenStore ?? memoryTokenStore()) : null;
  const identity = createIdentityWatch(store ? (store.sharedAs ?? null) : `latchkey ${url}`);
  const keeper = store && createTokenKeeper(store, exchangeBy(transport), platform, () => identity.act(null, null));
  const client = createTRPCClient<Router>({ links: [linkOf<Router>(authenticatedCall({ transport, identity, keeper }))] });
  rememberParts(client, { identity, keeper });
  return client;
}

/**
 * Calls back when somebody else, or nobody, is signed in from now on, here or in another tab; and when what is known of the
 * same person is out of date. Answers how to stop. `AuthProvider` of `./react` does this for its cache.
 */
export function onAuthChange<Router extends AnyTRPCRouter>(client: AuthClient<Router>, listener: (change: AuthChange) => void): () => void {
  return partsOf(client).identity.listen(listener);
}

/**
 * An access token that is good for a while, for calls that do not go through the client: `authorization: Bearer …` to
 * another server of the same house. Null when nobody is signed in, and always in cookie mode. Rejects when a renewal is
 * needed and cannot be had, with an error that is no refusal: the other server did not give it.
 */
export async function accessTokenOf<Router extends AnyTRPCRouter>(client: AuthClient<Router>): Promise<string | null> {
  const { keeper } = partsOf(client);
  const record = keeper && (await orNotRenewed(keeper.beforeCall('must')));
  return record?.accessToken ?? null;
}

const answerWithin = 4_000;

/** Exchanges a refresh token at the server. Gives up on an answer that takes too long: the next try may still find it. */
function exchangeBy(transport: Transport): Parameters<typeof createTokenKeeper>[1] {
  return async (refreshToken) => {
    const operation = { id: 0, type: 'mutation' as const, path: 'auth.refresh', input: { refreshToken }, context: {} };
    try {
      const { result } = await inTime(answerWithin, (signal) => transport({ ...operation, signal }, null));
      return { kind: 'tokens', tokens: (result as { data: Parameters<TokenKeeper['keep']>[0] }).data };
    } catch (error) {
      const refusal = error instanceof TRPCClientError ? refusalOf(error) : null;
      return refusal
        ? { kind: 'refused', reason: refusal.reason, retryAfterSeconds: refusal.retryAfterSeconds, error }
        : { kind: 'lost', error };
    }
  };
}

export type {
  AuthRouter,
  Current,
  LoginOutcome,
  Session,
  SocialAccount,
  SocialOutcome,
  SocialProvider,
  Tokens,
  User,
  VerifyEmailOutcome,
} from '#api';
export type { AuthChange } from './identity.ts';
export { type AuthErrorData, type ProcedurePath, type ReasonOf, type RefusalOf, type RefusalReason, refusalOf } from './refusal-of.ts';
export {
  localStorageTokenStore,
  memoryTokenStore,
  type SecureStorage,
  secureTokenStore,
  type TokenStore,
} from './tokens/token-store.ts';
