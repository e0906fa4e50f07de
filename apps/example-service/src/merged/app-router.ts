import { Refusal } from '@latchkey/user-core';
import type { RouterParts } from 'auth-server';
import { z } from 'zod';
import { addNoteInput, removeNoteInput } from '../notes/notes.inputs.ts';
import { noteOutput, sharedNoteOutput } from '../notes/notes.outputs.ts';
import { deleteNote, findNotes, findSharedNotes, insertNote } from './note.store.ts';

const mostShared = 50;

/** The whole API of an application whose server is ours: the four sub-routers, and its own beside them. */
export function createAppRouter({ authRouters, router, signedInProcedure, core }: RouterParts) {
  const notes = router({
    list: signedInProcedure.output(z.array(noteOutput)).query(({ ctx }) => findNotes(core.db, ctx.me.user.id)),

    shared: signedInProcedure.output(z.array(sharedNoteOutput)).query(() => findSharedNotes(core.db, mostShared)),

    add: signedInProcedure
      .input(addNoteInput)
      .output(noteOutput)
      .mutation(({ ctx, input }) => insertNote(core.db, { ...input, userId: ctx.me.user.id })),

    remove: signedInProcedure.input(removeNoteInput).mutation(async ({ ctx, input }) => {
      if (!(await deleteNote(core.db, ctx.me.user.id, input.id))) throw new Refusal('not_found');
      return { status: 'removed' as const };
    }),
  });
  return router({ ...authRouters, notes });
}

/** What clients load: `createAuthClient<AppRouter>({ url })`. */
export type AppRouter = ReturnType<typeof createAppRouter>;
