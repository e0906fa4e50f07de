import './document.ts';
import { QueryClient } from '@tanstack/react-query';
import { StrictMode, Suspense } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createAuthClient } from '../src/auth-client.ts';
import { AuthProvider, createAuthQueryClient } from '../src/react.tsx';
import { browserFetch } from './browser-fetch.ts';
import { openPage, type Page } from './react-page.tsx';
import { Failing, Name, openTab as openTabOf, Suspended, Who } from './react-screens.tsx';
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

const openTab = () => openTabOf(server, pages);

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
