import type { User } from '@latchkey/auth-client';
import type { ServerAuth } from '@latchkey/auth-client/server';

export function createCustomers(auth: ServerAuth, serviceKey: string) {
  const billing = auth.serviceClient(serviceKey);
  return {
    byId: (ids: string[]): Promise<User[]> => billing.auth.users.find.query({ ids }),
    lockOut: (userId: string) => billing.auth.users.revokeSessions.mutate({ userId }),
  };
}
