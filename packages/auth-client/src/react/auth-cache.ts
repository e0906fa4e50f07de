import { QueryClient } from '@tanstack/react-query';
import type { Current } from '#api';
import type { AuthChange } from '../identity.ts';
import { refusalOf } from '../refusal-of.ts';

const subRouters = ['auth', 'registration', 'password', 'social'];
/** As `@trpc/tanstack-react-query` writes it. */
const sessionKey = [['auth', 'session'], { type: 'query' }];
/** Acts of this browser end it at once, and so does a refusal; this is for what others do. */
const sessionFreshFor = 30_000;

/**
 * For `retry`: repeats what may succeed the next time, twice. A refusal of 4xx stays one, however often it is asked, and
 * `too_many_attempts` gets worse.
 */
export function retryUnlessRefused(failures: number, error: unknown): boolean {
  const data = error instanceof Error && 'data' in error ? (error.data as { httpStatus?: number } | null | undefined) : null;
  const status = data?.httpStatus ?? 0;
  return !(status >= 400 && status < 500) && failures < 2;
}

/** For `retryDelay`, in milliseconds: as long as the server asks for, else a second, then two. */
export function retryDelay(failures: number, error: unknown): number {
  const seconds = refusalOf(error)?.retryAfterSeconds;
  return seconds === undefined ? 1_000 * 2 ** failures : seconds * 1_000;
}

/** A `QueryClient` that does not repeat refused calls. `AuthProvider` makes one where none is given. */
export function createAuthQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: retryUnlessRefused, retryDelay } } });
}

/** Sets for our procedures, and for no others, what an application would have to know to set. */
export function setAuthDefaults(queryClient: QueryClient): void {
  for (const name of subRouters) queryClient.setQueryDefaults([[name]], { retry: retryUnlessRefused, retryDelay });
  queryClient.setQueryDefaults(sessionKey, { retry: retryUnlessRefused, retryDelay, staleTime: sessionFreshFor });
}

/** Puts in a session that a server has found out, unless something newer is there. */
export function hydrateSession(queryClient: QueryClient, session: unknown): void {
  if (session !== undefined && queryClient.getQueryData(sessionKey) === undefined) queryClient.setQueryData(sessionKey, session);
}

/** Who is signed in, as far as the cache says: by an answer, or by a server that rendered the page. */
export function cachedSession(queryClient: QueryClient): Current<unknown> | null | undefined {
  return queryClient.getQueryData(sessionKey);
}

/** Brings the cache in line with who is signed in. */
export async function followChange(queryClient: QueryClient, change: AuthChange): Promise<void> {
  if (change.kind === 'account') {
    await Promise.all([['auth'], ['social']].map((path) => queryClient.invalidateQueries({ queryKey: [path] })));
    return;
  }
  // First what is under way: an answer for somebody else must not come back in.
  void queryClient.cancelQueries(undefined, { silent: true });
  for (const mutation of queryClient.getMutationCache().getAll()) {
    if (mutation.state.status !== 'pending') queryClient.getMutationCache().remove(mutation);
  }
  queryClient.removeQueries({ predicate: (query) => query.getObserversCount() === 0 });
  const isKnown = change.session !== undefined;
  if (isKnown) queryClient.setQueryData(sessionKey, change.session);
  // What is on the screen is emptied at once and asked again; queries that are switched off are emptied too.
  await queryClient.resetQueries({ predicate: (query) => !(isKnown && isSessionKey(query.queryKey)) });
}

function isSessionKey([path]: readonly unknown[]): boolean {
  return Array.isArray(path) && path.join('.') === 'auth.session';
}
