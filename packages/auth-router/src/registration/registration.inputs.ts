import { z } from 'zod';
import type { FieldsInputOf, FieldsOf } from '../api/api.ts';
import type { RegisterInput, RegisterInputBase, VerifyEmailInput } from '../api/inputs.ts';
import { exactly } from '../exactly.ts';
import { emailInput, nameInput, passwordInput, tokenInput, usernameInput } from '../plain-inputs.ts';
import { newFieldsInput } from '../user-fields.ts';

const ownInput = z.strictObject({
  email: emailInput,
  password: passwordInput,
  username: usernameInput.optional(),
  firstName: nameInput.optional(),
  lastName: nameInput.optional(),
});
exactly<RegisterInputBase>()(ownInput);

export function registerInput<F extends z.ZodObject>(
  fields: F,
): z.ZodType<RegisterInputBase & { fields: FieldsOf<F> }, RegisterInput<FieldsInputOf<F>>> {
  const input = z.strictObject({
    ...ownInput.shape,
    fields: newFieldsInput(fields),
  });
  // What is known of `fields` while `F` is open is too little to follow.
  return input as unknown as ReturnType<typeof registerInput<F>>;
}

export const verifyEmailInput = exactly<VerifyEmailInput>()(z.strictObject({ token: tokenInput, password: passwordInput.optional() }));
export const emailOnlyInput = z.strictObject({ email: emailInput });
export const tokenOnlyInput = z.strictObject({ token: tokenInput });
