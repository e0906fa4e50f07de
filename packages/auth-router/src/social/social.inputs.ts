import { z } from 'zod';
import { emailInput, tokenInput, usernameInput } from '../plain-inputs.ts';
import { type NewFields, newFieldsInput } from '../user-fields.ts';

const provider = z.string().min(1).max(64);

export const startInput = z.strictObject({
  provider,
  intent: z.enum(['login', 'connect']),
  returnTo: z.string().min(1).max(1024).optional(),
});

/** What a provider hands back by way of the browser. `iss` names who answers (RFC 9207). */
const returned = { provider, state: z.string().min(1).max(256), iss: z.string().min(1).max(512).optional(), ticket: tokenInput.optional() };

export const finishInput = z.union([
  z.strictObject({ ...returned, code: z.string().min(1).max(4096) }),
  z.strictObject({ ...returned, error: z.string().min(1).max(256) }),
]);

export const idTokenInput = z.strictObject({
  provider,
  idToken: z.string().min(1).max(8192),
  nonce: z.string().min(1).max(256).optional(),
});

const added = z.strictObject({ ticket: tokenInput.optional(), email: emailInput.optional(), username: usernameInput.optional() });

export function completeRegistrationInput<F extends z.ZodObject>(fields: F) {
  const input = added.extend({ fields: newFieldsInput(fields) });
  // Said in types because the compiler gives up on the application's object while it is not known.
  return input as unknown as z.ZodType<z.output<typeof added> & { fields: z.output<F> }, z.input<typeof added> & NewFields<F>>;
}

export const disconnectInput = z.strictObject({ accountId: z.uuid() });
