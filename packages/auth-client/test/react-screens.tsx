import './document.ts';
import { type QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, StrictMode } from 'react';
import { type AuthClient, createAuthClient } from '../src/auth-client.ts';
import { AuthProvider, createAuthQueryClient, useAuthApi, useSession, useSuspenseSession, useUser } from '../src/react.tsx';
import { browserFetch } from './browser-fetch.ts';
import { openPage, type Page } from './react-page.tsx';
import type { RealServer } from './real-server.ts';

export type Tab = { client: AuthClient; queryClient: QueryClient; open(content: ReactNode): Page };

/** Tabs of one browser, each with a client and a cache of its own. */
export function openTabs(server: RealServer, pages: Page[], count: number): Tab[] {
  const fetch = browserFetch(server.url);
  return Array.from({ length: count }, () => {
    const client = createAuthClient({ url: server.url, fetch });
    const queryClient = createAuthQueryClient();
    return {
      client,
      queryClient,
      open(content) {
        const page = openPage(
          <StrictMode>
            <AuthProvider client={client} queryClient={queryClient}>
              {content}
            </AuthProvider>
          </StrictMode>,
        );
        pages.push(page);
        return page;
      },
    };
  });
}

export function openTab(server: RealServer, pages: Page[]): Tab {
  const [tab] = openTabs(server, pages, 1);
  if (!tab) throw new Error('one was asked for');
  return tab;
}

export function Who() {
  const session = useSession();
  return <p>{session.status === 'signed_in' ? `here is ${session.user.email}` : session.status}</p>;
}

export function Sessions() {
  const { data } = useQuery(useAuthApi().auth.sessions.list.queryOptions());
  return <p>{data ? `${data.length} sessions` : 'no sessions'}</p>;
}

export function Name() {
  return <p>{useUser()?.firstName || 'no name'}</p>;
}

export function Failing() {
  const { status, error } = useSession();
  const user = useUser();
  return <p>{`${status} ${error === null} ${user === undefined}`}</p>;
}

export function Suspended() {
  return <p>{useSuspenseSession().status}</p>;
}

/** Answers the question that `Slow` asked last. */
export let answerLate = (_: string): void => {};

export function Slow() {
  const { data } = useQuery({
    queryKey: ['slow'],
    queryFn: () =>
      new Promise<string>((resolve) => {
        answerLate = resolve;
      }),
  });
  return <p>{data ?? 'not yet'}</p>;
}

export function Off() {
  return <p>{useQuery({ queryKey: ['off'], queryFn: () => 'never', enabled: false }).data ?? 'empty'}</p>;
}

export function Refused() {
  return <p>{useQuery(useAuthApi().auth.user.queryOptions()).error?.data?.reason ?? 'waiting'}</p>;
}

export function Login() {
  const login = useMutation(useAuthApi().auth.login.mutationOptions());
  return (
    <button type="button" onClick={() => login.mutate({ identifier: 'nobody', password: 'wrong' })}>
      {login.error?.data?.reason ?? login.status}
    </button>
  );
}
