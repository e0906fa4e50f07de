import type { Note } from './notes.outputs.ts';

/** A note as it is kept. Whose it is, is the id that the auth server gave them. */
export type KeptNote = Note & { userId: string };

/** Where notes are kept. Whatever is found or deleted is found by its owner: nobody can reach another one's. */
export type NoteStore = {
  find(userId: string): KeptNote[];
  findShared(limit: number): KeptNote[];
  insert(note: KeptNote): void;
  /** Answers whether there was such a note of theirs. */
  delete(userId: string, id: string): boolean;
};

/** Keeps notes as long as the process lives. Put your own database in its place. */
export function memoryNoteStore(): NoteStore {
  const notes = new Map<string, KeptNote>();
  const newestFirst = (isWanted: (note: KeptNote) => boolean) => [...notes.values()].filter(isWanted).reverse();
  return {
    find: (userId) => newestFirst((note) => note.userId === userId),
    findShared: (limit) => newestFirst((note) => note.isShared).slice(0, limit),
    insert: (note) => void notes.set(note.id, note),
    delete: (userId, id) => notes.get(id)?.userId === userId && notes.delete(id),
  };
}
