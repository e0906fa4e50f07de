import { z } from 'zod';
import type { SocialAccount, SocialOutcome, SocialProvider, SocialStarted } from '../api/social.ts';
import { exactly } from '../exactly.ts';
import { loginOutcomes, type Stored } from '../user.outputs.ts';

export const providersOutput = z.array(exactly<SocialProvider>()(z.object({ id: z.string(), name: z.string() })));
export const startedOutput = exactly<SocialStarted>()(z.object({ authorizationUrl: z.string(), ticket: z.string().nullable() }));
export const disconnectedOutput = z.object({ status: z.literal('disconnected') });

const accountOutput = exactly<SocialAccount>()(
  z.object({
    id: z.string(),
    provider: z.string(),
    providerAccountId: z.string(),
    email: z.string().nullable(),
    connectedAt: z.date(),
    lastLoginAt: z.date().nullable(),
  }),
);

export const accountsOutput = z.array(accountOutput);

export function socialOutput<Fields>(): z.ZodType<SocialOutcome<Fields>, SocialOutcome<Stored>> {
  const returnTo = z.string();
  const [authenticated, verification, secondFactor] = loginOutcomes<Fields>();
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
