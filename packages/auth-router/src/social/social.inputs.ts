import { z } from 'zod';
import { emailInput, tokenInput, usernameInput } from '../plain-inputs.ts';

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
  idToken: z.string().min(1).max(16_384),
  nonce: z.string().min(1).max(256).optional(),
});

export function completeRegistrationInput<F extends z.ZodObject>(fields: F) {
  return z.strictObject({
    ticket: tokenInput.optional(),
    email: emailInput.optional(),
    username: usernameInput.optional(),
    // Left out, it is checked as an empty object: a required field is then named as missing.
    fields: z.strictObject(fields.shape).prefault({} as z.input<F>),
  });
}

export const disconnectInput = z.strictObject({ accountId: z.uuid() });
