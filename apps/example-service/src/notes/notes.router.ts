import { z } from 'zod';
import { router, signedInProcedure } from '../trpc.ts';
import type { Authors } from './authors.ts';
import type { NoteStore } from './note-store.ts';
import { addNoteInput, removeNoteInput } from './notes.inputs.ts';
import { noteOutput, sharedNoteOutput } from './notes.outputs.ts';
import { addNote, removeNote, sharedNotes } from './notes.ts';

/** The API of this service. */
export function createNotesRouter(notes: NoteStore, authors: Authors) {
  return router({
    notes: router({
      list: signedInProcedure.output(z.array(noteOutput)).query(({ ctx }) => notes.find(ctx.userId)),

      shared: signedInProcedure.output(z.array(sharedNoteOutput)).query(() => sharedNotes(notes, authors)),

      add: signedInProcedure
        .input(addNoteInput)
        .output(noteOutput)
        .mutation(({ ctx, input }) => addNote(notes, ctx.userId, input)),

      remove: signedInProcedure.input(removeNoteInput).mutation(({ ctx, input }) => removeNote(notes, ctx.userId, input.id)),
    }),
  });
}

/** What clients load: the types alone. */
export type NotesRouter = ReturnType<typeof createNotesRouter>;
