import { z } from 'zod';
import type { FieldsInputOf, FieldsOf } from '../api/api.ts';
import type { FindUsersInput, LoginInput, UpdateUserInput } from '../api/inputs.ts';
import { exactly } from '../exactly.ts';
import { emailInput, nameInput, passwordInput, usernameInput } from '../plain-inputs.ts';
import { changedFieldsInput } from '../user-fields.ts';

export const loginInput = exactly<LoginInput>()(z.strictObject({ identifier: z.string().min(1).max(320), password: passwordInput }));
/** Long enough for whatever is given in a credential's place by mistake: that too is answered as one that is not good. */
const anyToken = z.string().min(1).max(4096);
export const refreshInput = z.strictObject({ refreshToken: anyToken });
export const verifyTokenInput = z.strictObject({ token: anyToken });
export const reauthenticateInput = z.strictObject({ password: passwordInput });
export const revokeSessionInput = z.strictObject({ sessionId: z.uuid() });
export const serviceTokenInput = z.strictObject({ serviceKey: anyToken });
export const revokeUserSessionsInput = z.strictObject({ userId: z.uuid() });

const mostUsers = 100;
export const findUsersInput = exactly<FindUsersInput>()(
  z
    .strictObject({ ids: z.array(z.uuid()).max(mostUsers).optional(), emails: z.array(emailInput).max(mostUsers).optional() })
    .refine(({ ids = [], emails = [] }) => ids.length + emails.length <= mostUsers, { error: `Ask for ${mostUsers} users at most.` }),
);

const ownInput = z.strictObject({
  username: usernameInput.optional(),
  firstName: nameInput.optional(),
  lastName: nameInput.optional(),
});
exactly<Omit<UpdateUserInput, 'fields'>>()(ownInput);

export function updateUserInput<F extends z.ZodObject>(
  fields: F,
): z.ZodType<UpdateUserInput<FieldsOf<F>>, UpdateUserInput<FieldsInputOf<F>>> {
  const input = z.strictObject({
    ...ownInput.shape,
    fields: changedFieldsInput(fields),
  });
  // What is known of `fields` while `F` is open is too little to follow.
  return input as unknown as ReturnType<typeof updateUserInput<F>>;
}
