import { z } from 'zod';
import type { Accepted } from '../api/values.ts';
import { exactly } from '../exactly.ts';

export const acceptedOutput = exactly<Accepted>()(z.object({ status: z.literal('accepted') }));
export const emailChangedOutput = z.object({ status: z.literal('email_changed') });
