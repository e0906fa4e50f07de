import { createTRPCClient, type Operation } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { ServiceToken } from '#api';
import type { AuthClient } from '../auth-client.ts';
import { inTime } from '../in-time.ts';
import { linkOf } from '../link-of.ts';
import { refusalOf } from '../refusal-of.ts';
import { lifetimeOf } from '../tokens/token-record.ts';
import { createTransport, type Envelope } from '../transport.ts';

export type ServiceClientOptions = { url: string; fetch: typeof globalThis.fetch; now: () => number; serviceKey: string };

type Held = { accessToken: string; since: number; renewAt: number };

/** So long before its end a token is replaced: a call with it may be under way for a while. */
const renewBefore = 30_000;
/** What a token was refused for so soon is not its age. */
const sureFor = 30_000;
const answerWithin = 5_000;

/** A client that calls by the token of a service account: exchanged for the key when first needed, and again before it ends. */
export function serviceClient<Router extends AnyTRPCRouter>({ url, fetch, now, serviceKey }: ServiceClientOptions): AuthClient<Router> {
  const transport = createTransport({ url, credentials: 'token', fetch });
  let held: Held | null = null;
  let exchanging: Promise<Held> | null = null;

  const exchange = async (): Promise<Held> => {
    const operation = { id: 0, type: 'mutation' as const, path: 'auth.serviceToken', input: { serviceKey }, context: {} };
    const { result } = await inTime(answerWithin, (signal) => transport({ ...operation, signal }, null));
    const { accessToken, expiresAt } = (result as { data: ServiceToken }).data;
    return { accessToken, since: now(), renewAt: now() + lifetimeOf(accessToken, expiresAt, now()) - renewBefore };
  };
  const tokenInHand = async (): Promise<Held> => {
    if (held && now() < held.renewAt) return held;
    exchanging ??= exchange().finally(() => {
      exchanging = null;
    });
    held = await exchanging;
    return held;
  };
  const call = async (operation: Operation): Promise<Envelope> => {
    const sent = await tokenInHand();
    try {
      return await transport(operation, sent.accessToken);
    } catch (error) {
      // A scope is missing, or the server gave up the key that signed it: which of the two, a new one tells, now and then.
      if (refusalOf(error)?.reason !== 'not_authenticated' || now() - sent.since < sureFor) throw error;
      if (held === sent) held = null;
      return transport(operation, (await tokenInHand()).accessToken);
    }
  };

  return createTRPCClient<Router>({ links: [linkOf<Router>(call)] });
}
