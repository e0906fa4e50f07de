import { z } from 'zod';
import { sessionOutput, userOutput } from '../user.outputs.ts';

export function currentOutput<F>() {
  return z.object({ user: userOutput<F>(), session: sessionOutput }).nullable();
}

export const tokenStatusOutput = z.discriminatedUnion('active', [
  z.object({ active: z.literal(true), userId: z.string(), sessionId: z.string(), expiresAt: z.date() }),
  z.object({ active: z.literal(false) }),
]);

export const sessionsOutput = z.array(sessionOutput);
export const loggedOutOutput = z.object({ status: z.literal('logged_out') });
export const deletedOutput = z.object({ status: z.literal('deleted') });
export const revokedOutput = z.object({ status: z.literal('revoked') });
export const revokedCountOutput = z.object({ status: z.literal('revoked'), count: z.number().int() });
export const reauthenticatedOutput = z.object({ status: z.literal('reauthenticated'), freshUntil: z.date() });
export const serviceTokenOutput = z.object({ accessToken: z.string(), expiresAt: z.date(), scopes: z.array(z.string()) });

export function usersOutput<F>() {
  return z.array(userOutput<F>());
}
