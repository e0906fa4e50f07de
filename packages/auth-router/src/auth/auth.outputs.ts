import { z } from 'zod';
import type { Current, ServiceToken, Session, TokenStatus, User } from '../api/values.ts';
import { exactly } from '../exactly.ts';
import { sessionOutput, userOutput } from '../user.outputs.ts';

type Stored = Record<string, unknown>;

export function currentOutput<Fields>(): z.ZodType<Current<Fields> | null, Current<Stored> | null> {
  return z.object({ user: userOutput<Fields>(), session: sessionOutput }).nullable();
}

export const tokenStatusOutput = exactly<TokenStatus>()(
  z.discriminatedUnion('active', [
    z.object({ active: z.literal(true), userId: z.string(), sessionId: z.string(), expiresAt: z.date() }),
    z.object({ active: z.literal(false) }),
  ]),
);

export const sessionsOutput = exactly<Session[]>()(z.array(sessionOutput));
export const loggedOutOutput = z.object({ status: z.literal('logged_out') });
export const deletedOutput = z.object({ status: z.literal('deleted') });
export const revokedOutput = z.object({ status: z.literal('revoked') });
export const revokedCountOutput = z.object({ status: z.literal('revoked'), count: z.number().int() });
export const reauthenticatedOutput = z.object({ status: z.literal('reauthenticated'), freshUntil: z.date() });
export const serviceTokenOutput = exactly<ServiceToken>()(
  z.object({
    accessToken: z.string(),
    expiresAt: z.date(),
    scopes: z.array(z.string()),
  }),
);

export function usersOutput<Fields>(): z.ZodType<User<Fields>[], User<Stored>[]> {
  return z.array(userOutput<Fields>());
}
