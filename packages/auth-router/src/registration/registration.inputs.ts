import { z } from 'zod';
import { emailInput, nameInput, passwordInput, tokenInput, usernameInput } from '../plain-inputs.ts';

export function registerInput<F extends z.ZodObject>(fields: F) {
  return z.strictObject({
    email: emailInput,
    password: passwordInput,
    username: usernameInput.optional(),
    firstName: nameInput.optional(),
    lastName: nameInput.optional(),
    // Left out, it is checked as an empty object: a required field is then named as missing.
    fields: z.strictObject(fields.shape).prefault({} as z.input<F>),
  });
}

export const verifyEmailInput = z.strictObject({ token: tokenInput, password: passwordInput.optional() });
export const emailOnlyInput = z.strictObject({ email: emailInput });
export const tokenOnlyInput = z.strictObject({ token: tokenInput });
