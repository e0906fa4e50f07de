import { z } from 'zod';
import type { ChangePasswordInput, ConfirmResetInput } from '../api/inputs.ts';
import { exactly } from '../exactly.ts';
import { passwordInput, tokenInput } from '../plain-inputs.ts';

export const changePasswordInput = exactly<ChangePasswordInput>()(
  z.strictObject({ currentPassword: passwordInput, newPassword: passwordInput, keepOtherSessions: z.boolean().optional() }),
);
export const setPasswordInput = z.strictObject({ newPassword: passwordInput });
export const confirmResetInput = exactly<ConfirmResetInput>()(z.strictObject({ token: tokenInput, newPassword: passwordInput }));
