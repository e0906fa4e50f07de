import { z } from 'zod';
import { loginOutput } from '../user.outputs.ts';

export const providersOutput = z.array(z.object({ id: z.string(), name: z.string() }));
export const startedOutput = z.object({ authorizationUrl: z.string(), ticket: z.string().nullable() });
export const disconnectedOutput = z.object({ status: z.literal('disconnected') });

const accountOutput = z.object({
  id: z.string(),
  provider: z.string(),
  providerAccountId: z.string(),
  email: z.string().nullable(),
  connectedAt: z.date(),
  lastLoginAt: z.date().nullable(),
});

export const accountsOutput = z.array(accountOutput);

export function socialOutput<F>() {
  const [authenticated, verification, secondFactor] = loginOutput<F>().options;
  const returnTo = z.string();
  return z.discriminatedUnion('status', [
    authenticated.extend({ returnTo }),
    verification.extend({ returnTo }),
    secondFactor.extend({ returnTo }),
    z.object({ status: z.literal('connected'), account: accountOutput, returnTo }),
    z.object({
      status: z.literal('registration_incomplete'),
      ticket: z.string().nullable(),
      missing: z.array(z.enum(['email', 'username'])),
      suggested: z.object({
        email: z.string().optional(),
        username: z.string().optional(),
        firstName: z.string().optional(),
        lastName: z.string().optional(),
      }),
    }),
    z.object({ status: z.literal('link_required'), provider: z.string(), email: z.string() }),
  ]);
}
