import { type AuthClient, accessTokenOf, createAuthClient } from '@latchkey/auth-client';
import { createServiceAccount, type ServiceScope } from '@latchkey/user-core';
import type { TRPCClient, TRPCClientError } from '@trpc/client';
import { vi } from 'vitest';
import { type RealServer, startRealServer } from '../../../packages/auth-client/test/real-server.ts';
import type { NotesRouter } from '../src/notes/notes.router.ts';
import { createNotesClient } from '../src/page/notes-client.ts';
import { createService } from '../src/service.ts';

/** The auth server and the notes service, each at its port, with one clock for both. */
export type NotesWorld = {
  auth: RealServer;
  url: string;
  /** Another notes service beside the first: as it is after a restart, or with an account that may do less. */
  startAnother(options?: { scopes?: ServiceScope[] }): Promise<{ url: string; close(): Promise<void> }>;
  /** Time passes for both servers, and for the clients in this process. */
  pass(seconds: number): void;
  close(): Promise<void>;
};

export async function openNotesWorld(databaseUrl: string, policy: Parameters<typeof startRealServer>[1] = {}): Promise<NotesWorld> {
  const auth = await startRealServer(databaseUrl, policy);
  const { issuer } = auth.core.host;
  const running: { close(): Promise<void> }[] = [];
  const startAnother: NotesWorld['startAnother'] = async (options = {}) => {
    const scopes: ServiceScope[] = options.scopes ?? ['users:read'];
    const { key } = await createServiceAccount(auth.core, { name: `notes-${running.length}`, scopes });
    const config = { port: 0, authUrl: issuer, authInternalUrl: auth.url, serviceKey: key };
    const service = await createService(config, { now: () => auth.clock.now().getTime() });
    running.push({ close: () => service.close() });
    return { url: await service.listen({ host: '127.0.0.1', port: 0 }), close: () => service.close() };
  };
  const { url } = await startAnother();
  return {
    auth,
    url,
    startAnother,
    pass(seconds) {
      vi.setSystemTime(Date.now() + seconds * 1000);
      auth.clock.advance(seconds);
    },
    async close() {
      for (const service of running) await service.close();
      await auth.close();
    },
  };
}

/** Somebody who is signed in at the auth server by tokens, with a client of the notes service. */
export type Writer = { auth: AuthClient; notes: TRPCClient<NotesRouter>['notes']; userId: string; username: string; bearer: string };

export async function newWriter(world: NotesWorld, url = world.url): Promise<Writer> {
  const { email, username, password } = await world.auth.newPerson();
  const auth = createAuthClient({ url: world.auth.url, credentials: 'token' });
  const outcome = await auth.auth.login.mutate({ identifier: email, password });
  if (outcome.status !== 'authenticated') throw new Error(`the login answered ${outcome.status}`);
  const bearer = `Bearer ${await accessTokenOf(auth)}`;
  world.auth.requests.length = 0;
  return { auth, notes: createNotesClient(url, auth).notes, userId: outcome.user.id, username, bearer };
}

/** Why a call was refused; fails when it was not. */
export async function reasonOf(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    (answer) => {
      throw new Error(`this was answered: ${JSON.stringify(answer)}`);
    },
    (refused: TRPCClientError<NotesRouter>) => refused,
  );
  return error.data?.reason;
}
