import { z } from 'zod';

export const acceptedOutput = z.object({ status: z.literal('accepted') });
export const emailChangedOutput = z.object({ status: z.literal('email_changed') });
