import { z } from 'zod';
import { emailInput, nameInput, passwordInput, tokenInput, usernameInput } from '../plain-inputs.ts';
import { type NewFields, newFieldsInput } from '../user-fields.ts';

const person = z.strictObject({
  email: emailInput,
  password: passwordInput,
  username: usernameInput.optional(),
  firstName: nameInput.optional(),
  lastName: nameInput.optional(),
});

export function registerInput<F extends z.ZodObject>(fields: F) {
  const input = person.extend({ fields: newFieldsInput(fields) });
  // Said in types because the compiler gives up on the application's object while it is not known.
  return input as unknown as z.ZodType<z.output<typeof person> & { fields: z.output<F> }, z.input<typeof person> & NewFields<F>>;
}

export const verifyEmailInput = z.strictObject({ token: tokenInput, password: passwordInput.optional() });
export const emailOnlyInput = z.strictObject({ email: emailInput });
export const tokenOnlyInput = z.strictObject({ token: tokenInput });
