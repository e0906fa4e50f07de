import type { AnyTRPCRouter } from '@trpc/server';
import type { AuthRouter } from '#api';
import type { AuthClient } from '../auth-client.ts';
import { plainClient } from './plain-client.ts';
import { bearerOf, ourCookiesOf, type ReadRequest } from './request-headers.ts';

/**
 * A client that calls in somebody else's name. `cookies` are the `Set-Cookie` lines of the answers so far: append them to
 * your own answer, or the caller loses their session with the next change of a password.
 */
export type OnwardClient<Router extends AnyTRPCRouter = AuthRouter> = { client: AuthClient<Router>; cookies: string[] };

export function onwardClient<Router extends AnyTRPCRouter>(
  url: string,
  fetch: typeof globalThis.fetch,
  request: ReadRequest,
): OnwardClient<Router> {
  const cookies: string[] = [];
  const collecting: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    cookies.push(...response.headers.getSetCookie());
    return response;
  };
  return { client: plainClient<Router>({ url, credentials: 'cookie', fetch: collecting, headers: headersOnward(request) }), cookies };
}

/** The caller's own words, and nothing of ours that would vouch for them. */
export function headersOnward(request: ReadRequest): Record<string, string> {
  const bearer = bearerOf(request);
  const cookies = ourCookiesOf(request);
  const asTheyCame = ['user-agent', 'origin', 'sec-fetch-site', 'x-latchkey-credentials'].flatMap((name) => {
    const value = request.header(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(asTheyCame),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(cookies.length > 0 && { cookie: cookies.map((pair) => pair.join('=')).join('; ') }),
    ...(request.ip !== null && { 'x-forwarded-for': request.ip }),
  };
}
