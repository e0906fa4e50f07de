import { z } from 'zod';
import type { LoginOutcome, PasswordChanged, Session, Tokens, User, VerifyEmailOutcome } from './api/values.ts';
import { exactly } from './exactly.ts';

/** Fields as they are stored: as old as the person, typed by today's object and not parsed again. */
export type Stored = Record<string, unknown>;

/** Every output is held to its plain type in both directions: nothing but what a client may see gets through. */
export function userOutput<Fields>(): z.ZodType<User<Fields>, User<Stored>> {
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
    fields: z.record(z.string(), z.unknown()) as unknown as z.ZodType<Fields, Stored>,
  });
}

export const sessionOutput = exactly<Session>()(
  z.object({
    id: z.string(),
    createdAt: z.date(),
    lastSeenAt: z.date(),
    expiresAt: z.date(),
    authenticatedAt: z.date(),
    methods: z.array(z.string()),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    current: z.boolean(),
  }),
);

export const tokensOutput = exactly<Tokens>()(
  z.object({
    accessToken: z.string(),
    accessTokenExpiresAt: z.date(),
    refreshToken: z.string(),
    refreshTokenExpiresAt: z.date(),
  }),
);

export function loginOutput<Fields>(): z.ZodType<LoginOutcome<Fields>, LoginOutcome<Stored>> {
  return z.discriminatedUnion('status', [...loginOutcomes<Fields>()]);
}

export function verifyEmailOutput<Fields>(): z.ZodType<VerifyEmailOutcome<Fields>, VerifyEmailOutcome<Stored>> {
  return z.discriminatedUnion('status', [
    ...loginOutcomes<Fields>(),
    z.object({ status: z.literal('password_required') }),
    z.object({ status: z.literal('verified') }),
  ]);
}

export const passwordChangedOutput = exactly<PasswordChanged>()(
  z.object({
    status: z.literal('changed'),
    tokens: tokensOutput.nullable(),
  }),
);

/** How every way in may end. */
export function loginOutcomes<Fields>() {
  return [
    z.object({ status: z.literal('authenticated'), user: userOutput<Fields>(), session: sessionOutput, tokens: tokensOutput.nullable() }),
    z.object({ status: z.literal('email_verification_required'), email: z.string() }),
    z.object({ status: z.literal('second_factor_required'), methods: z.array(z.string()), expiresAt: z.date() }),
  ] as const;
}
