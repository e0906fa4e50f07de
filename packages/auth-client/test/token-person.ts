import { vi } from 'vitest';
import { type AuthChange, type AuthClient, createAuthClient, memoryTokenStore, onAuthChange, type TokenStore } from '../src/auth-client.ts';
import { parseRecord } from '../src/tokens/token-record.ts';
import type { RealServer } from './real-server.ts';

/** Time passes for everybody. */
export function passTime(server: RealServer, seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
  server.clock.advance(seconds);
}

/** A client in token mode with a store of its own. */
export function openTokenClient(server: RealServer, tokenStore: TokenStore, fetch?: typeof globalThis.fetch): AuthClient {
  return createAuthClient({ url: server.url, credentials: 'token', tokenStore, ...(fetch && { fetch }) });
}

/** Logs somebody new in, and answers their address. What was sent until then counts for nothing. */
export async function logInSomebody(server: RealServer, client: AuthClient): Promise<string> {
  const { email, password } = await server.newPerson();
  await client.auth.login.mutate({ identifier: email, password });
  server.requests.length = 0;
  return email;
}

export type Here = {
  client: AuthClient;
  store: TokenStore;
  email: string;
  password: string;
  sent: { path: string; headers: Headers; init: RequestInit }[];
  changes: AuthChange[];
};

/** Somebody who is signed in, and all that their client sends. `answer` may stand in for the server. */
export async function tokenPerson(server: RealServer, answer?: (path: string) => Response | Promise<Response> | undefined): Promise<Here> {
  const { email, password } = await server.newPerson();
  const store = memoryTokenStore();
  const here: Here = { store, email, password, sent: [], changes: [], client: undefined as never };
  here.client = createAuthClient({
    url: server.url,
    credentials: 'token',
    tokenStore: store,
    fetch: async (input, init = {}) => {
      const path = new URL(String(input)).pathname.replace('/trpc/', '');
      here.sent.push({ path, headers: new Headers(init.headers), init });
      return (await answer?.(path)) ?? fetch(input, init);
    },
  });
  await here.client.auth.login.mutate({ identifier: email, password });
  here.sent.length = 0;
  server.requests.length = 0;
  onAuthChange(here.client, (change) => here.changes.push(change));
  return here;
}

export const kept = async ({ store }: Here) => parseRecord(await store.read());
export const failing = (error: unknown) => error;

/** What the server says to a call that it does not believe. */
export function refused(reason: string, httpStatus: number): Response {
  const data = { code: 'UNAUTHORIZED', httpStatus, reason, requestId: 'r' };
  return Response.json({ error: { json: { message: reason, code: -32001, data } } }, { status: httpStatus });
}
