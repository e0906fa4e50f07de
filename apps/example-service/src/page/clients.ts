import { createAuthClient } from '@latchkey/auth-client';
import { createAuthQueryClient } from '@latchkey/auth-client/react';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { NotesRouter } from '../notes/notes.router.ts';
import type { PageConfig } from '../page-config.ts';
import { createNotesClient } from './notes-client.ts';

const response = await fetch('/page-config.json');
export const { authUrl } = (await response.json()) as PageConfig;

/** Tokens are kept in memory: no other script finds them, and a reload means logging in again. */
export const auth = createAuthClient({ url: authUrl, credentials: 'token' });

/** One cache for both servers: it is emptied when somebody else, or nobody, is signed in. */
export const queryClient = createAuthQueryClient();

/** The procedures of the notes service, typed, as options for TanStack Query. */
export const notesApi = createTRPCOptionsProxy<NotesRouter>({ client: createNotesClient('', auth), queryClient }).notes;
