import './document.ts';
import { dehydrate, hydrate, QueryClient } from '@tanstack/react-query';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createAuthClient } from '../src/auth-client.ts';
import { AuthProvider, createAuthQueryClient } from '../src/react.tsx';
import { browserFetch } from './browser-fetch.ts';
import { openPage, type Page } from './react-page.tsx';
import { answerLate, Login, Off, openTab as openTabOf, openTabs as openTabsOf, Refused, Sessions, Slow, Who } from './react-screens.tsx';
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

const openTabs = (count: number) => openTabsOf(server, pages, count);

const openTab = () => openTabOf(server, pages);

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
