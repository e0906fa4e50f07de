import { z } from 'zod';
import { emailInput, nameInput, passwordInput, usernameInput } from '../plain-inputs.ts';
import { changedFieldsInput } from '../user-fields.ts';

export const loginInput = z.strictObject({ identifier: z.string().min(1).max(320), password: passwordInput });
/** Long enough for whatever is given in a credential's place by mistake: that too is answered as one that is not good. */
const anyToken = z.string().min(1).max(4096);
export const refreshInput = z.strictObject({ refreshToken: anyToken });
export const verifyTokenInput = z.strictObject({ token: anyToken });
export const reauthenticateInput = z.strictObject({ password: passwordInput });
export const revokeSessionInput = z.strictObject({ sessionId: z.uuid() });
export const serviceTokenInput = z.strictObject({ serviceKey: anyToken });
export const revokeUserSessionsInput = z.strictObject({ userId: z.uuid() });

const mostUsers = 100;
export const findUsersInput = z
  .strictObject({ ids: z.array(z.uuid()).max(mostUsers).optional(), emails: z.array(emailInput).max(mostUsers).optional() })
  .refine(({ ids = [], emails = [] }) => ids.length + emails.length <= mostUsers, { error: `Ask for ${mostUsers} users at most.` });

export function updateUserInput<F extends z.ZodObject>(fields: F) {
  return z.strictObject({
    username: usernameInput.optional(),
    firstName: nameInput.optional(),
    lastName: nameInput.optional(),
    fields: changedFieldsInput(fields),
  });
}
