import { createTRPCClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { ServiceToken } from '#api';
import type { AuthClient } from '../auth-client.ts';
import { linkOf } from '../link-of.ts';
import { lifetimeOf } from '../tokens/token-record.ts';
import { createTransport } from '../transport.ts';

export type ServiceClientOptions = { url: string; fetch: typeof globalThis.fetch; now: () => number; serviceKey: string };

type Held = { accessToken: string; renewAt: number };

/** So long before its end a token is replaced: a call with it may be under way for a while. */
const renewBefore = 30_000;

/** A client that calls by the token of a service account: exchanged for the key when first needed, and again before it ends. */
export function serviceClient<Router extends AnyTRPCRouter>({ url, fetch, now, serviceKey }: ServiceClientOptions): AuthClient<Router> {
  const transport = createTransport({ url, credentials: 'token', fetch });
  let held: Held | null = null;
  let exchanging: Promise<Held> | null = null;

  const exchange = async (): Promise<Held> => {
    const operation = { id: 0, type: 'mutation' as const, path: 'auth.serviceToken', input: { serviceKey }, context: {}, signal: null };
    const { result } = await transport(operation, null);
    const { accessToken, expiresAt } = (result as { data: ServiceToken }).data;
    return { accessToken, renewAt: now() + lifetimeOf(accessToken, expiresAt, now()) - renewBefore };
  };
  const tokenInHand = async (): Promise<string> => {
    if (held && now() < held.renewAt) return held.accessToken;
    exchanging ??= exchange().finally(() => {
      exchanging = null;
    });
    held = await exchanging;
    return held.accessToken;
  };

  return createTRPCClient<Router>({ links: [linkOf<Router>(async (operation) => transport(operation, await tokenInHand()))] });
}
