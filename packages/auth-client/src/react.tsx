import { type QueryClient, QueryClientContext, QueryClientProvider, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { AnyTRPCRouter } from '@trpc/server';
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { AuthRouter } from '#api';
import { type AuthClient, onAuthChange } from './auth-client.ts';
import { partsOf } from './client-parts.ts';
import { cachedSession, createAuthQueryClient, followChange, hydrateSession, setAuthDefaults } from './react/auth-cache.ts';
import { type CurrentOf, type KnownSession, knownSession, type SessionState, sessionState, type UserOf } from './react/session-state.ts';

/** What `AuthProvider` is given: the client, and where they are there already a cache and who is signed in. */
export type AuthProviderProps<Router extends AnyTRPCRouter = AuthRouter> = {
  client: AuthClient<Router>;
  /** Left out, the one of a `QueryClientProvider` above, or a new one. */
  queryClient?: QueryClient;
  /** Who is signed in, where a server has found out already: then nothing is asked at first. `null` is nobody. */
  initialSession?: CurrentOf<Router> | null | undefined;
  children?: ReactNode;
};

type Provided = { client: AuthClient; api: TRPCOptionsProxy<AuthRouter> };
const AuthContext = createContext<Provided | null>(null);

/**
 * Gives everything below it the client, typed options for TanStack Query, and a cache that is emptied, in every tab, when
 * somebody else or nobody is signed in.
 */
export function AuthProvider({ client, queryClient: given, initialSession, children }: AuthProviderProps): ReactNode {
  const above = useContext(QueryClientContext);
  const [first] = useState(() => {
    const made = given ?? above ?? createAuthQueryClient();
    hydrateSession(made, initialSession);
    return made;
  });
  const queryClient = given ?? above ?? first;
  const provided = useMemo(() => {
    setAuthDefaults(queryClient);
    return { client, api: createTRPCOptionsProxy<AuthRouter>({ client, queryClient }) };
  }, [client, queryClient]);
  useEffect(() => {
    // Whom the page was rendered for: with the first sign of anybody else, nothing of theirs is shown any more.
    const shown = cachedSession(queryClient);
    if (shown !== undefined) partsOf(client).identity.assume(shown && { userId: shown.user.id, sessionId: shown.session.id });
    return onAuthChange(client, (change) => void followChange(queryClient, change));
  }, [client, queryClient]);
  return (
    <QueryClientProvider client={queryClient}>
      <AuthContext.Provider value={provided}>{children}</AuthContext.Provider>
    </QueryClientProvider>
  );
}

function useProvided(): Provided {
  const provided = useContext(AuthContext);
  if (!provided) throw new Error('this hook works below an <AuthProvider>');
  return provided;
}

/** Options for TanStack Query, typed for every procedure: `useMutation(useAuthApi().auth.login.mutationOptions())`. */
export function useAuthApi(): TRPCOptionsProxy<AuthRouter> {
  return useProvided().api;
}

/** The client itself, for calls outside of TanStack Query. */
export function useAuthClient(): AuthClient {
  return useProvided().client;
}

/** Who is signed in. All that use it share one question to the server. */
export function useSession(): SessionState<AuthRouter> {
  const { data, error } = useQuery(useAuthApi().auth.session.queryOptions());
  return sessionState<AuthRouter>(data, error as Error | null);
}

/** As `useSession`, but suspends until it is known; what goes wrong is thrown to the error boundary. */
export function useSuspenseSession(): KnownSession<AuthRouter> {
  return knownSession<AuthRouter>(useSuspenseQuery(useAuthApi().auth.session.queryOptions()).data);
}

/** The person who is signed in; null when nobody is, `undefined` while that is not known. */
export function useUser(): UserOf<AuthRouter> | null | undefined {
  const { status, user } = useSession();
  return status === 'pending' || status === 'failed' ? undefined : user;
}

/** As `useUser`, but suspends until it is known. */
export function useSuspenseUser(): UserOf<AuthRouter> | null {
  return useSuspenseSession().user;
}

/** The provider and the hooks, typed for one router. */
export type AuthHooks<Router extends AnyTRPCRouter = AuthRouter> = {
  AuthProvider: (props: AuthProviderProps<Router>) => ReactNode;
  useAuthApi: () => TRPCOptionsProxy<Router>;
  useAuthClient: () => AuthClient<Router>;
  useSession: () => SessionState<Router>;
  useSuspenseSession: () => KnownSession<Router>;
  useUser: () => UserOf<Router> | null | undefined;
  useSuspenseUser: () => UserOf<Router> | null;
};

const hooks: AuthHooks = { AuthProvider, useAuthApi, useAuthClient, useSession, useSuspenseSession, useUser, useSuspenseUser };

/**
 * The same provider and hooks, typed for a router with fields, or for an application's router around ours. Call it once and
 * export what it gives: `export const { AuthProvider, useUser } = createAuthHooks<AuthRouter<typeof fields>>();`
 */
export function createAuthHooks<Router extends AnyTRPCRouter>(): AuthHooks<Router> {
  return hooks as unknown as AuthHooks<Router>;
}

export { createAuthQueryClient, retryDelay, retryUnlessRefused } from './react/auth-cache.ts';
export type { CurrentOf, KnownSession, SessionState, UserOf } from './react/session-state.ts';
