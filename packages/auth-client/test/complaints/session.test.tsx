import '../document.ts';
import { createAuthContext, createAuthRouter } from '@latchkey/auth-router';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { accessTokenOf, createAuthClient, refusalOf } from '../../src/auth-client.ts';
import { AuthProvider, useSession, useUser } from '../../src/react.tsx';
import { createInProcessClient, createServerAuth } from '../../src/server.ts';
import { browserFetch } from '../browser-fetch.ts';
import { openPage, type Page } from '../react-page.tsx';
import { type RealServer, startRealServer } from '../real-server.ts';

// What users of peers report about sessions that are cached, or are asked for too often, each as its thread tells it.

let server: RealServer;
let page: Page | null = null;
beforeAll(async () => {
  server = await startRealServer(inject('databaseUrl'));
});
afterAll(() => server.close());
afterEach(() => {
  page?.close();
  page = null;
});

async function signedIn() {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, fetch: browserFetch(server.url) });
  await client.auth.login.mutate({ identifier: email, password });
  server.requests.length = 0;
  return { client, email, password };
}

function Who() {
  const session = useSession();
  const user = useUser();
  return <p>{session.status === 'signed_in' ? `here is ${user?.email}` : session.status}</p>;
}

test('ending the other sessions ends them at once: no cache in between knows better (better-auth#6893)', async () => {
  const here = await signedIn();
  const elsewhere = createAuthClient({ url: server.url, credentials: 'token' });
  await elsewhere.auth.login.mutate({ identifier: here.email, password: here.password });
  page = openPage(
    <AuthProvider client={here.client}>
      <Who />
    </AuthProvider>,
  );
  await page.shows(`here is ${here.email}`);
  await elsewhere.auth.sessions.revokeOthers.mutate();
  expect(await here.client.auth.session.query()).toBeNull();
  await page.shows('signed_out');
});

test('seven components that want the session ask for it once (enyineer/checkstack#90)', async () => {
  const { client, email } = await signedIn();
  page = openPage(
    <AuthProvider client={client}>
      {[1, 2, 3, 4, 5, 6, 7].map((key) => (
        <Who key={key} />
      ))}
    </AuthProvider>,
  );
  await page.shows(`here is ${email}`.repeat(7));
  expect(server.requests).toEqual(['GET auth.session']);
});

test('reading the session sets no cookie, so that code which cannot set one loses none (better-auth#1752, #2115)', async () => {
  const { authRouter } = createAuthRouter({ core: server.core });
  const { email, password } = await server.newPerson();
  const inProcess = (headers: Record<string, string>) =>
    createInProcessClient({ router: authRouter, createContext: createAuthContext, request: { headers }, isSecure: false });
  const login = inProcess({});
  await login.client.auth.login.mutate({ identifier: email, password });
  const cookie = login.cookies.find((line) => line.startsWith('latchkey='))?.split(';')[0] ?? '';
  server.clock.advance(86_400);
  const later = inProcess({ cookie });
  expect((await later.client.auth.session.query())?.user.email).toBe(email);
  expect(later.cookies).toEqual([]);
});

test('a procedure of an application that calls ours in process keeps the cookies (lukevella/rallly#1997, trpc#2140, #2369, #3708)', async () => {
  const { authRouters, authRouter, router, publicProcedure } = createAuthRouter({ core: server.core });
  const { email, password } = await server.newPerson();
  const handedOn: string[] = [];
  const appRouter = router({
    ...authRouters,
    enter: publicProcedure.mutation(async () => {
      const { client, cookies } = createInProcessClient({ router: authRouter, createContext: createAuthContext, isSecure: false });
      await client.auth.login.mutate({ identifier: email, password });
      handedOn.push(...cookies);
      return (await client.auth.user.query()).email;
    }),
  });
  const outside = createInProcessClient({ router: appRouter, createContext: createAuthContext, isSecure: false });
  expect(await outside.client.enter.mutate()).toBe(email);
  expect(handedOn).toContainEqual(expect.stringMatching(/^latchkey=lks_/));
});

test('checking who asks is offline: no call, not even after a renewal (supertokens-core#1030)', async () => {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, credentials: 'token' });
  await client.auth.login.mutate({ identifier: email, password });
  const now = () => server.clock.now().getTime();
  const service = createServerAuth({ url: server.url, issuer: server.core.host.issuer, now });
  const ask = async () => service.sessionFromRequest({ headers: { authorization: `Bearer ${await accessTokenOf(client)}` } });
  expect(await ask()).not.toBeNull();
  server.clock.advance(200);
  await client.auth.user.query();
  server.requests.length = 0;
  for (let times = 0; times < 10; times += 1) expect(await ask()).not.toBeNull();
  expect(server.requests).toEqual([]);
});

test('what must not trust a token whose session is over can ask, and the auth server never trusts one (better-auth#9967, #9991)', async () => {
  const { email, password } = await server.newPerson();
  const client = createAuthClient({ url: server.url, credentials: 'token' });
  await client.auth.login.mutate({ identifier: email, password });
  const authorization = `Bearer ${await accessTokenOf(client)}`;
  await client.auth.logout.mutate();
  const now = () => server.clock.now().getTime();
  const service = createServerAuth({ url: server.url, issuer: server.core.host.issuer, now });
  expect(await service.sessionFromRequest({ headers: { authorization } }, { check: 'session' })).toBeNull();
  const error = await service
    .clientFor({ headers: { authorization } })
    .client.auth.deleteUser.mutate()
    .catch((thrown: unknown) => thrown);
  expect(refusalOf(error, 'auth.deleteUser')?.reason).toBe('not_authenticated');
});
