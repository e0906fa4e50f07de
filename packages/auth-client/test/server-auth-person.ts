import { accessTokenOf, createAuthClient } from '../src/auth-client.ts';
import { createServerAuth, type ServerAuth } from '../src/server.ts';
import { browserFetch } from './browser-fetch.ts';
import type { RealServer } from './real-server.ts';

/** Tokens of the test's core name its own issuer. */
export function connectTo(server: RealServer, options: Partial<Parameters<typeof createServerAuth>[0]> = {}): ServerAuth {
  return createServerAuth({ url: server.url, issuer: server.core.host.issuer, now: () => server.clock.now().getTime(), ...options });
}

/** Somebody signed in by tokens and by cookie, in two sessions. */
export async function signedInPerson(server: RealServer) {
  const { email, password } = await server.newPerson();
  const byToken = createAuthClient({ url: server.url, credentials: 'token' });
  const fetch = browserFetch(server.url);
  const byCookie = createAuthClient({ url: server.url, fetch });
  const outcome = await byToken.auth.login.mutate({ identifier: email, password });
  await byCookie.auth.login.mutate({ identifier: email, password });
  if (outcome.status !== 'authenticated') throw new Error('nobody logged in');
  const bearer = `Bearer ${await accessTokenOf(byToken)}`;
  const cookie = [...fetch.cookies].map((pair) => pair.join('=')).join('; ');
  server.requests.length = 0;
  return { email, password, user: outcome.user, session: outcome.session, bearer, cookie, byToken, byCookie };
}
