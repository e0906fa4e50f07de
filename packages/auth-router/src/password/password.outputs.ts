import { z } from 'zod';

export const resetOutput = z.object({ status: z.literal('reset') });
