import { z } from 'zod';
import type { FieldsInputOf, FieldsOf } from '../api/api.ts';
import type {
  CompleteRegistrationInput,
  CompleteRegistrationInputBase,
  FinishSocialInput,
  LoginWithIdTokenInput,
  StartSocialInput,
} from '../api/social.ts';
import { exactly } from '../exactly.ts';
import { emailInput, tokenInput, usernameInput } from '../plain-inputs.ts';
import { newFieldsInput } from '../user-fields.ts';

const provider = z.string().min(1).max(64);

export const startInput = exactly<StartSocialInput>()(
  z.strictObject({
    provider,
    intent: z.enum(['login', 'connect']),
    returnTo: z.string().min(1).max(1024).optional(),
  }),
);

/** What a provider hands back by way of the browser. `iss` names who answers (RFC 9207). */
const returned = { provider, state: z.string().min(1).max(256), iss: z.string().min(1).max(512).optional(), ticket: tokenInput.optional() };

export const finishInput: z.ZodType<FinishSocialInput, FinishSocialInput> = z.union([
  z.strictObject({ ...returned, code: z.string().min(1).max(4096) }),
  z.strictObject({ ...returned, error: z.string().min(1).max(256) }),
]);

export const idTokenInput = exactly<LoginWithIdTokenInput>()(
  z.strictObject({
    provider,
    idToken: z.string().min(1).max(8192),
    nonce: z.string().min(1).max(256).optional(),
  }),
);

const ownInput = z.strictObject({ ticket: tokenInput.optional(), email: emailInput.optional(), username: usernameInput.optional() });
exactly<CompleteRegistrationInputBase>()(ownInput);

export function completeRegistrationInput<F extends z.ZodObject>(
  fields: F,
): z.ZodType<CompleteRegistrationInputBase & { fields: FieldsOf<F> }, CompleteRegistrationInput<FieldsInputOf<F>>> {
  const input = z.strictObject({ ...ownInput.shape, fields: newFieldsInput(fields) });
  // What is known of `fields` while `F` is open is too little to follow.
  return input as unknown as ReturnType<typeof completeRegistrationInput<F>>;
}

export const disconnectInput = z.strictObject({ accountId: z.uuid() });
