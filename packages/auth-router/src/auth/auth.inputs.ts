import { z } from 'zod';
import { nameInput, passwordInput, usernameInput } from '../plain-inputs.ts';

export const loginInput = z.strictObject({ identifier: z.string().min(1).max(320), password: passwordInput });
export const refreshInput = z.strictObject({ refreshToken: z.string().min(1).max(512) });
export const verifyTokenInput = z.strictObject({ token: z.string().min(1).max(4096) });
export const reauthenticateInput = z.strictObject({ password: passwordInput });
export const revokeSessionInput = z.strictObject({ sessionId: z.uuid() });

export function updateUserInput<F extends z.ZodObject>(fields: F) {
  return z.strictObject({
    username: usernameInput.optional(),
    firstName: nameInput.optional(),
    lastName: nameInput.optional(),
    fields: z.strictObject(fields.partial().shape).optional(),
  });
}
