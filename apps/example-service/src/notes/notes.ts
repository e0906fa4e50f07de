import { Refused } from '../trpc.ts';
import type { Authors } from './authors.ts';
import type { NoteStore } from './note-store.ts';
import type { Note, SharedNote } from './notes.outputs.ts';

const mostNotes = 100;
const mostShared = 50;

/** Keeps a note. Refusals: `too_many_notes`. */
export function addNote(notes: NoteStore, userId: string, input: { text: string; isShared: boolean }): Note {
  if (notes.find(userId).length >= mostNotes) throw new Refused('too_many_notes');
  const note = { ...input, userId, id: crypto.randomUUID(), createdAt: new Date() };
  notes.insert(note);
  return note;
}

/** Removes a note of theirs. Refusals: `not_found`, for somebody else's as well. */
export function removeNote(notes: NoteStore, userId: string, id: string): { status: 'removed' } {
  if (!notes.delete(userId, id)) throw new Refused('not_found');
  return { status: 'removed' };
}

/** The newest notes that somebody shares, with the names of their authors. */
export async function sharedNotes(notes: NoteStore, authors: Authors): Promise<SharedNote[]> {
  const shared = notes.findShared(mostShared);
  const names = await authors(shared.map(({ userId }) => userId));
  return shared.map((note) => ({ ...note, author: names.get(note.userId) ?? null }));
}
