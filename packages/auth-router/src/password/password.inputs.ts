import { z } from 'zod';
import type { ChangePasswordInput, ConfirmResetInput } from '../api/inputs.ts';
import { passwordInput, tokenInput } from '../plain-inputs.ts';

export const changePasswordInput: z.ZodType<ChangePasswordInput, ChangePasswordInput> = z.strictObject({
  currentPassword: passwordInput,
  newPassword: passwordInput,
  keepOtherSessions: z.boolean().optional(),
});
export const setPasswordInput = z.strictObject({ newPassword: passwordInput });
export const confirmResetInput: z.ZodType<ConfirmResetInput, ConfirmResetInput> = z.strictObject({
  token: tokenInput,
  newPassword: passwordInput,
});
