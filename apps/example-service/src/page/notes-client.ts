import { type AuthClient, accessTokenOf } from '@latchkey/auth-client';
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import type { NotesRouter } from '../notes/notes.router.ts';

/** Calls the notes service in the name of whoever is signed in at `auth`: with their access token, renewed when it must be. */
export function createNotesClient(url: string, auth: AuthClient): TRPCClient<NotesRouter> {
  const link = httpBatchLink<NotesRouter>({
    url: `${url}/trpc`,
    maxItems: 10,
    async headers() {
      const accessToken = await accessTokenOf(auth);
      return accessToken === null ? {} : { authorization: `Bearer ${accessToken}` };
    },
    fetch: (input, init) => fetch(input, { ...(init as RequestInit), credentials: 'omit' }),
  });
  return createTRPCClient<NotesRouter>({ links: [link] });
}
