import { createTRPCClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { AuthClient } from '../auth-client.ts';
import { linkOf } from '../link-of.ts';
import { createTransport, type TransportOptions } from '../transport.ts';

/** A client that sends what it is told to and remembers nothing: for one request of somebody else. */
export function plainClient<Router extends AnyTRPCRouter>(options: TransportOptions): AuthClient<Router> {
  const transport = createTransport(options);
  return createTRPCClient<Router>({ links: [linkOf<Router>((operation) => transport(operation, null))] });
}
