import { z } from 'zod';
import { passwordInput, tokenInput } from '../plain-inputs.ts';

export const changePasswordInput = z.strictObject({
  currentPassword: passwordInput,
  newPassword: passwordInput,
  keepOtherSessions: z.boolean().optional(),
});
export const setPasswordInput = z.strictObject({ newPassword: passwordInput });
export const confirmResetInput = z.strictObject({ token: tokenInput, newPassword: passwordInput });
