import { z } from 'zod';

/** A note as its owner sees it. */
export const noteOutput = z.object({ id: z.string(), text: z.string(), isShared: z.boolean(), createdAt: z.date() });

/** A note as everybody who is signed in sees it. `author` is null for somebody without a name, or who cannot be asked for now. */
export const sharedNoteOutput = z.object({ id: z.string(), text: z.string(), createdAt: z.date(), author: z.string().nullable() });

export type Note = z.output<typeof noteOutput>;
export type SharedNote = z.output<typeof sharedNoteOutput>;
