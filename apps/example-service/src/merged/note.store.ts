import type { UserCore } from '@latchkey/user-core';
import { userTable } from '@latchkey/user-core/schema';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Note, SharedNote } from '../notes/notes.outputs.ts';
import { noteTable } from './note.table.ts';

type Db = UserCore['db'];

export async function findNotes(db: Db, userId: string): Promise<Note[]> {
  return db.select().from(noteTable).where(eq(noteTable.userId, userId)).orderBy(desc(noteTable.createdAt));
}

/** The names come along by a join: here, nobody has to be asked. */
export async function findSharedNotes(db: Db, limit: number): Promise<SharedNote[]> {
  const name = sql<string>`trim(${userTable.firstName} || ' ' || ${userTable.lastName})`;
  const author = sql<string | null>`coalesce(nullif(${name}, ''), ${userTable.username})`;
  return db
    .select({ id: noteTable.id, text: noteTable.text, createdAt: noteTable.createdAt, author })
    .from(noteTable)
    .innerJoin(userTable, eq(userTable.id, noteTable.userId))
    .where(eq(noteTable.isShared, true))
    .orderBy(desc(noteTable.createdAt))
    .limit(limit);
}

export async function insertNote(db: Db, note: { userId: string; text: string; isShared: boolean }): Promise<Note> {
  const [row] = await db.insert(noteTable).values(note).returning();
  if (!row) throw new Error('an insert answers its row');
  return row;
}

/** Answers whether there was such a note of theirs. */
export async function deleteNote(db: Db, userId: string, id: string): Promise<boolean> {
  const deleted = await db
    .delete(noteTable)
    .where(and(eq(noteTable.id, id), eq(noteTable.userId, userId)))
    .returning({ id: noteTable.id });
  return deleted.length > 0;
}
