import { z } from 'zod';
import type { Accepted } from '../api/values.ts';

export const acceptedOutput: z.ZodType<Accepted, Accepted> = z.object({ status: z.literal('accepted') });
export const emailChangedOutput = z.object({ status: z.literal('email_changed') });
