import { z } from 'zod';

export function userOutput<F>() {
  return z.object({
    id: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    username: z.string().nullable(),
    firstName: z.string(),
    lastName: z.string(),
    hasPassword: z.boolean(),
    createdAt: z.date(),
    lastLoginAt: z.date().nullable(),
    // Stored values are as old as the person: they are typed by today's object and not parsed again.
    fields: z.record(z.string(), z.unknown()) as unknown as z.ZodType<F, Record<string, unknown>>,
  });
}

export const sessionOutput = z.object({
  id: z.string(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  authenticatedAt: z.date(),
  methods: z.array(z.string()),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  current: z.boolean(),
});

export const tokensOutput = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: z.date(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.date(),
});

export function loginOutput<F>() {
  return z.discriminatedUnion('status', [
    z.object({ status: z.literal('authenticated'), user: userOutput<F>(), session: sessionOutput, tokens: tokensOutput.nullable() }),
    z.object({ status: z.literal('email_verification_required'), email: z.string() }),
    z.object({ status: z.literal('second_factor_required'), methods: z.array(z.string()), expiresAt: z.date() }),
  ]);
}

export function verifyEmailOutput<F>() {
  return z.discriminatedUnion('status', [
    ...loginOutput<F>().options,
    z.object({ status: z.literal('password_required') }),
    z.object({ status: z.literal('verified') }),
  ]);
}

export const passwordChangedOutput = z.object({ status: z.literal('changed'), tokens: tokensOutput.nullable() });
