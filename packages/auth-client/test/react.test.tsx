import './document.ts';
import { dehydrate, hydrate, QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, StrictMode, Suspense } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type AuthClient, createAuthClient } from '../src/auth-client.ts';
import { AuthProvider, createAuthQueryClient, useAuthApi, useSession, useSuspenseSession, useUser } from '../src/react.tsx';
import { browserFetch } from './browser-fetch.ts';
import { openPage, type Page } from './react-page.tsx';
import { type RealServer, startRealServer } from './real-server.ts';

let server: RealServer;
let pages: Page[] = [];
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
afterEach(() => {
  for (const page of pages) page.close();
  pages = [];
});

type Tab = { client: AuthClient; queryClient: QueryClient; open(content: ReactNode): Page };

/** Tabs of one browser, each with a client and a cache of its own. */
function openTabs(count: number): Tab[] {
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

function openTab(): Tab {
  const [tab] = openTabs(1);
  if (!tab) throw new Error('one was asked for');
  return tab;
}

function Who() {
  const session = useSession();
  return <p>{session.status === 'signed_in' ? `here is ${session.user.email}` : session.status}</p>;
}

function Sessions() {
  const { data } = useQuery(useAuthApi().auth.sessions.list.queryOptions());
  return <p>{data ? `${data.length} sessions` : 'no sessions'}</p>;
}

function Name() {
  return <p>{useUser()?.firstName || 'no name'}</p>;
}

function Failing() {
  const { status, error } = useSession();
  const user = useUser();
  return <p>{`${status} ${error === null} ${user === undefined}`}</p>;
}

function Suspended() {
  return <p>{useSuspenseSession().status}</p>;
}

/** Answers the question that `Slow` asked last. */
let answerLate = (_: string): void => {};

function Slow() {
  const { data } = useQuery({
    queryKey: ['slow'],
    queryFn: () =>
      new Promise<string>((resolve) => {
        answerLate = resolve;
      }),
  });
  return <p>{data ?? 'not yet'}</p>;
}

function Off() {
  return <p>{useQuery({ queryKey: ['off'], queryFn: () => 'never', enabled: false }).data ?? 'empty'}</p>;
}

function Refused() {
  return <p>{useQuery(useAuthApi().auth.user.queryOptions()).error?.data?.reason ?? 'waiting'}</p>;
}

function Login() {
  const login = useMutation(useAuthApi().auth.login.mutationOptions());
  return (
    <button type="button" onClick={() => login.mutate({ identifier: 'nobody', password: 'wrong' })}>
      {login.error?.data?.reason ?? login.status}
    </button>
  );
}

describe('useSession', () => {
  test('follows a login and a logout, without asking for what the answer of the login says', async () => {
    const { email, password } = await server.newPerson();
    const { client, open } = openTab();
    const page = open(<Who />);
    await page.shows('signed_out');
    const asked = server.callsOf('auth.session');
    await client.auth.login.mutate({ identifier: email, password });
    await page.shows(`here is ${email}`);
    expect(server.callsOf('auth.session')).toBe(asked);
    await client.auth.logout.mutate();
    await page.shows('signed_out');
    expect(server.callsOf('auth.session')).toBe(asked);
  });

  test('shows a changed name as soon as it is changed', async () => {
    const { email, password } = await server.newPerson();
    const { client, open } = openTab();
    await client.auth.login.mutate({ identifier: email, password });
    const page = open(<Name />);
    await page.shows('no name');
    await client.auth.updateUser.mutate({ firstName: 'Grace' });
    await page.shows('Grace');
  });

  test('says that it could not be found out, and does not take that for nobody', async () => {
    const client = createAuthClient({ url: 'http://localhost:9' });
    const queryClient = new QueryClient();
    const page = openPage(
      <AuthProvider client={client} queryClient={queryClient}>
        <Failing />
      </AuthProvider>,
    );
    pages.push(page);
    await page.shows('pending true true');
    await page.shows('failed false true');
  });

  test('suspends where that is wanted', async () => {
    const { open } = openTab();
    const page = open(
      <Suspense fallback="waiting">
        <Suspended />
      </Suspense>,
    );
    await page.shows('waiting');
    await page.shows('signed_out');
  });

  test('outside of the provider says what is missing', () => {
    expect(() => renderToString(<Who />)).toThrow('below an <AuthProvider>');
  });
});

describe('a session that a server has found out', () => {
  test('is there at once, on the server and in the browser, and is not asked for', async () => {
    const { email, password } = await server.newPerson();
    const { client } = openTab();
    await client.auth.login.mutate({ identifier: email, password });
    const initialSession = await client.auth.session.query();
    server.requests.length = 0;
    const app = (
      <AuthProvider client={client} initialSession={initialSession}>
        <Who />
      </AuthProvider>
    );
    expect(renderToString(app)).toContain(email);
    const page = openPage(app);
    pages.push(page);
    await page.shows(email);
    expect(server.requests).toEqual([]);
  });

  test('is over with the first refusal, or when somebody else turns out to be signed in', async () => {
    const [ada, bob] = [await server.newPerson(), await server.newPerson()];
    const fetch = browserFetch(server.url);
    const before = createAuthClient({ url: server.url, fetch });
    await before.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const initialSession = await before.auth.session.query();
    // Between the server's page and the browser's first look the session ends.
    await before.auth.logout.mutate();
    const open = () => {
      const client = createAuthClient({ url: server.url, fetch });
      const queryClient = createAuthQueryClient();
      queryClient.setQueryData(['something of the application'], 'of Ada');
      const page = openPage(
        <StrictMode>
          <AuthProvider client={client} queryClient={queryClient} initialSession={initialSession}>
            <Who />
          </AuthProvider>
        </StrictMode>,
      );
      pages.push(page);
      return { client, queryClient, page };
    };
    const first = open();
    await first.page.shows(`here is ${ada.email}`);
    await expect(first.client.auth.sessions.list.query()).rejects.toThrow('not_authenticated');
    await first.page.shows('signed_out');
    expect(first.queryClient.getQueryData(['something of the application'])).toBeUndefined();

    const elsewhere = createAuthClient({ url: server.url, fetch: (input, init) => fetch(input, init) });
    const second = open();
    await second.page.shows(`here is ${ada.email}`);
    second.page.close();
    await elsewhere.auth.login.mutate({ identifier: bob.email, password: bob.password });
    const third = open();
    await third.page.shows(`here is ${ada.email}`);
    await third.client.auth.session.query();
    await third.page.shows(`here is ${bob.email}`);
    expect(third.queryClient.getQueryData(['something of the application'])).toBeUndefined();
  });

  test('may be that of nobody', () => {
    const { client } = openTab();
    const app = (
      <AuthProvider client={client} initialSession={null}>
        <Who />
      </AuthProvider>
    );
    expect(renderToString(app)).toContain('signed_out');
  });
});

describe('when somebody else, or nobody, is signed in', () => {
  test('what is on the screen is emptied and asked again, and the rest is forgotten, in every tab', async () => {
    const [ada, bob] = [await server.newPerson(), await server.newPerson()];
    const tabs = openTabs(3);
    const [first] = tabs;
    await first?.client.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const opened = tabs.map((tab) => tab.open([<Who key="who" />, <Sessions key="sessions" />]));
    for (const page of opened) await page.shows(`here is ${ada.email}`);
    for (const { queryClient } of tabs) queryClient.setQueryData(['something of the application'], 'of Ada');

    await first?.client.auth.login.mutate({ identifier: bob.email, password: bob.password });
    for (const page of opened) await page.shows(`here is ${bob.email}`);
    for (const { queryClient } of tabs)
      expect(queryClient.getQueryCache().find({ queryKey: ['something of the application'] })).toBeUndefined();

    await tabs[1]?.client.auth.logout.mutate();
    for (const page of opened) await page.shows('signed_outno sessions');
  });

  test('an answer for the last person that arrives late is not shown to the next', async () => {
    const [ada, bob] = [await server.newPerson(), await server.newPerson()];
    const { client, queryClient, open } = openTab();
    await client.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const page = open(<Slow />);
    await page.shows('not yet');
    const answerOfAda = answerLate;
    await client.auth.login.mutate({ identifier: bob.email, password: bob.password });
    answerOfAda('secret of Ada');
    answerLate('secret of Bob');
    await page.shows('secret of Bob');
    expect(queryClient.getQueryData(['slow'])).toBe('secret of Bob');
  });

  test('an answer about the session that is older than the login is not believed', async () => {
    const { email, password } = await server.newPerson();
    const fetch = browserFetch(server.url);
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slowSession: typeof globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (String(input).includes('auth.session')) await answered;
      return response;
    };
    const client = createAuthClient({ url: server.url, fetch: slowSession });
    const queryClient = createAuthQueryClient();
    const page = openPage(
      <AuthProvider client={client} queryClient={queryClient}>
        <Who />
      </AuthProvider>,
    );
    pages.push(page);
    await page.shows('pending');
    await client.auth.login.mutate({ identifier: email, password });
    await page.shows(`here is ${email}`);
    answer();
    await client.auth.user.query();
    expect(queryClient.isFetching()).toBe(0);
    expect(page.text()).toBe(`here is ${email}`);
  });

  test('a query that is on the screen but switched off is emptied too', async () => {
    const { email, password } = await server.newPerson();
    const { client, queryClient, open } = openTab();
    await client.auth.login.mutate({ identifier: email, password });
    queryClient.setQueryData(['off'], 'of Ada');
    const page = open(<Off />);
    await page.shows('of Ada');
    await client.auth.logout.mutate();
    await page.shows('empty');
  });

  test('a session that was ended elsewhere is noticed with the next refusal', async () => {
    const { email, password } = await server.newPerson();
    const here = openTab();
    const elsewhere = createAuthClient({ url: server.url, credentials: 'token' });
    await here.client.auth.login.mutate({ identifier: email, password });
    await elsewhere.auth.login.mutate({ identifier: email, password });
    const page = here.open(<Who />);
    await page.shows(`here is ${email}`);
    await elsewhere.auth.sessions.revokeOthers.mutate();
    await expect(here.client.auth.user.query()).rejects.toThrow('not_authenticated');
    await page.shows('signed_out');
  });
});

test('a password that was reset ends the session of the page that did it, and the page says so', async () => {
  const { email, password } = await server.newPerson();
  const { client, open } = openTab();
  await client.auth.login.mutate({ identifier: email, password });
  const page = open(<Who />);
  await page.shows(`here is ${email}`);
  await client.password.requestReset.mutate({ email });
  const { token } = await server.lastMail('reset_password', email);
  await client.password.confirmReset.mutate({ token, newPassword: 'another pass phrase' });
  await page.shows('signed_out');
});

describe('a refused call', () => {
  test('is not repeated, with a cache of the application’s own as well', async () => {
    const { client } = openTab();
    const queryClient = new QueryClient();
    server.requests.length = 0;
    const page = openPage(
      <AuthProvider client={client} queryClient={queryClient}>
        <Refused />
      </AuthProvider>,
    );
    pages.push(page);
    await page.shows('not_authenticated');
    expect(server.callsOf('auth.user')).toBe(1);
  });

  test('leaves what a server rendered for somebody else nowhere in the cache', async () => {
    const [ada, bob] = [await server.newPerson(), await server.newPerson()];
    const { client, queryClient, open } = openTab();
    await client.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const rendered = createAuthQueryClient();
    rendered.setQueryData(['off'], 'of Ada');
    hydrate(queryClient, dehydrate(rendered));
    const page = open(<Off />);
    await page.shows('of Ada');
    await client.auth.login.mutate({ identifier: bob.email, password: bob.password });
    await page.shows('empty');
    expect(JSON.stringify(dehydrate(queryClient))).not.toContain('of Ada');
  });

  test('reaches the one who called it, typed', async () => {
    const { open } = openTab();
    const page = open(<Login />);
    await page.shows('idle');
    document.querySelector<HTMLButtonElement>('button')?.click();
    await page.shows('invalid_credentials');
  });
});
