import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type AuthChange, type AuthClient, createAuthClient, onAuthChange, refusalOf } from '../../src/auth-client.ts';
import { browserFetch } from '../browser-fetch.ts';
import { type RealServer, startRealServer } from '../real-server.ts';

// What users of peers report about cookies, batches and streams, each as its thread tells it.

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());

function openBrowser(options: { stream?: boolean } = {}): {
  client: AuthClient;
  fetch: ReturnType<typeof browserFetch>;
  streamed: string[];
} {
  const fetch = browserFetch(server.url);
  const streamed: string[] = [];
  const client = createAuthClient({
    url: server.url,
    ...options,
    fetch: (input, init) => {
      if (new Headers(init?.headers).get('trpc-accept') === 'application/jsonl') streamed.push(new URL(String(input)).pathname);
      return fetch(input, init);
    },
  });
  return { client, fetch, streamed };
}

test('no call that sets a cookie travels on a stream, and no cookie is lost (create-t3-turbo#797, trpc#4801, create-t3-app#1855, trpc-sveltekit#93, #106, #117)', async () => {
  const { email, password } = await server.newPerson();
  const { client, fetch, streamed } = openBrowser({ stream: true });
  await client.auth.login.mutate({ identifier: email, password });
  const first = fetch.cookies.get('latchkey');
  expect(first).toMatch(/^lks_/);
  const [user, session] = await Promise.all([client.auth.user.query(), client.auth.session.query()]);
  expect([user.email, session?.user.email]).toEqual([email, email]);
  await client.auth.reauthenticate.mutate({ password });
  await client.password.change.mutate({ currentPassword: password, newPassword: 'another pass phrase' });
  expect(fetch.cookies.get('latchkey')).not.toBe(first);
  expect(await client.auth.user.query()).toMatchObject({ email });
  await client.auth.logout.mutate();
  expect(fetch.cookies.has('latchkey')).toBe(false);
  expect(streamed).toEqual(['/trpc/auth.user,auth.session', '/trpc/auth.user']);
});

test('any number of queries is sent in batches that the server accepts (trpc#5825, #6777, #7153)', async () => {
  const { client } = openBrowser();
  server.requests.length = 0;
  const answers = await Promise.all(Array.from({ length: 23 }, () => client.auth.session.query()));
  expect(answers).toEqual(Array.from({ length: 23 }, () => null));
  expect(server.requests).toHaveLength(3);
});

test('a call that is refused spoils none of its batch, and says nothing about who is signed in when it is not asked (trpc: a mixed batch is 207)', async () => {
  const { email, password } = await server.newPerson();
  const { client } = openBrowser();
  await client.auth.login.mutate({ identifier: email, password });
  server.requests.length = 0;
  const changes: AuthChange[] = [];
  onAuthChange(client, (change) => changes.push(change));
  const [user, refused, session] = await Promise.allSettled([
    client.auth.user.query(),
    client.auth.users.find.query({ ids: [] }),
    client.auth.session.query(),
  ]);
  expect(server.requests).toEqual(['GET auth.user,auth.users.find,auth.session']);
  expect(user).toMatchObject({ status: 'fulfilled', value: { email } });
  expect(session).toMatchObject({ status: 'fulfilled', value: { user: { email } } });
  expect(refused.status === 'rejected' && refusalOf(refused.reason, 'auth.users.find')?.reason).toBe('not_authenticated');
  expect(changes).toEqual([]);
});

test('a subscription is told at once that it does not travel here, and no token is put into its address (trpc: connectionParams)', async () => {
  const { client } = openBrowser();
  server.requests.length = 0;
  const news = client as unknown as { news: { subscribe(input: undefined, to: { onError(error: Error): void }): void } };
  const error = await new Promise<Error>((resolve) => news.news.subscribe(undefined, { onError: resolve }));
  expect(error.message).toContain('news: subscriptions need a client of your own');
  expect(server.requests).toEqual([]);
});

test('a login and what follows it are never in one batch, where one would not see the other (trpc: order inside a batch)', async () => {
  const { email, password } = await server.newPerson();
  const { client } = openBrowser();
  server.requests.length = 0;
  const login = client.auth.login.mutate({ identifier: email, password });
  const again = client.auth.login.mutate({ identifier: email, password });
  await client.auth.session.query();
  await Promise.all([login, again]);
  expect(server.requests.toSorted()).toEqual(['GET auth.session', 'POST auth.login', 'POST auth.login']);
  expect((await client.auth.session.query())?.user.email).toBe(email);
});

test('an answer that arrives late does not bring an earlier session back (next-auth#8897)', async () => {
  const [ada, bob] = [await server.newPerson(), await server.newPerson()];
  const browser = browserFetch(server.url);
  let answer = (): void => {};
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve;
  });
  // The jar of the browser takes the cookies of an answer when it arrives.
  const slow = createAuthClient({
    url: server.url,
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('cookie', [...browser.cookies].map((pair) => pair.join('=')).join('; '));
      const response = await fetch(input, { ...init, headers });
      await mayAnswer;
      for (const line of response.headers.getSetCookie()) browser.cookies.set(line.split('=')[0] ?? '', line);
      return response;
    },
  });
  const client = createAuthClient({ url: server.url, fetch: browser });
  await client.auth.login.mutate({ identifier: ada.email, password: ada.password });
  const late = Promise.all([slow.auth.session.query(), slow.auth.user.query(), slow.auth.sessions.list.query()]);
  await client.auth.login.mutate({ identifier: bob.email, password: bob.password });
  answer();
  await late.catch(() => {});
  expect((await client.auth.session.query())?.user.email).toBe(bob.email);
});
