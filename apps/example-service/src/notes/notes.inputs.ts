import { z } from 'zod';

export const addNoteInput = z.strictObject({ text: z.string().trim().min(1).max(500), isShared: z.boolean().default(false) });
export const removeNoteInput = z.strictObject({ id: z.uuid() });
