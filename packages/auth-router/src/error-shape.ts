import { Refusal } from '@latchkey/user-core';
import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { ZodError, type z } from 'zod';
import type { AuthErrorShape, FieldIssue } from './api/errors.ts';
import { isApplicationError } from './application-error.ts';
import { httpStatusOf, reasonOfCode, refusalCodes } from './refusal-codes.ts';
import { toWire } from './wire-format.ts';

/** A refusal as tRPC carries it; anything that is not one is left to be masked. */
export function toTrpcError(refusal: Refusal): TRPCError {
  return new TRPCError({ code: refusalCodes[refusal.reason], message: refusal.reason, cause: refusal });
}

/** Builds the answer from nothing but known parts: no message, stack or value of the error itself gets through. */
export function errorShape(error: TRPCError, requestId: string, path: string | undefined): AuthErrorShape {
  const code = TRPC_ERROR_CODES_BY_KEY[error.code];
  const common = { code: error.code, httpStatus: httpStatusOf(error.code), requestId };
  if (isApplicationError(error)) return { message: error.message, code, data: { ...common, ...(path !== undefined && { path }) } };
  const refusal = error.cause instanceof Refusal ? error.cause : null;
  const fields = error.cause instanceof ZodError ? fieldIssues(error.cause) : (refusal?.fields ?? []);
  const reason = refusal?.reason ?? reasonOfCode(error.code);
  return {
    message: reason,
    code,
    data: {
      ...common,
      ...(path !== undefined && reason !== 'not_found' && { path }),
      reason,
      ...(refusal?.retryAfterSeconds != null && { retryAfterSeconds: refusal.retryAfterSeconds }),
      ...(fields.length > 0 && { fields }),
    },
  };
}

/**
 * The same answer for a request that is refused before tRPC sees it: HTTP status and body. `as` gives the code, and the
 * status where HTTP has one that no tRPC code stands for (414, 431).
 */
export function refusalAnswer(
  refusal: Refusal,
  requestId: string,
  as: { code?: TRPCError['code']; status?: number } = {},
): { status: number; body: { error: unknown } } {
  const code = as.code ?? refusalCodes[refusal.reason];
  const status = as.status ?? httpStatusOf(code);
  const shape = errorShape(new TRPCError({ code, message: refusal.reason, cause: refusal }), requestId, undefined);
  return { status, body: { error: toWire({ ...shape, data: { ...shape.data, httpStatus: status } }) } };
}

function fieldIssues(error: ZodError): FieldIssue[] {
  return error.issues
    .flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownField(issue.path, key)) : [fieldIssue(issue)]))
    .slice(0, 20);
}

/** A rule of ours, or of the application, may name its code in `params.code`. */
function fieldIssue(issue: z.core.$ZodIssue): FieldIssue {
  const named = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  const code = typeof named === 'string' ? named.slice(0, 200) : issue.code;
  return { path: issue.path.map(String).join('.').slice(0, 200), code, message: issue.message.slice(0, 200) };
}

/** Its name helps whoever mistyped it, and is repeated only when it looks like one: anything may have been put there. */
function unknownField(path: PropertyKey[], key: string): FieldIssue {
  const name = /^[A-Za-z_]\w{0,39}$/.test(key) ? [key] : [];
  return fieldIssue({ path: [...path, ...name], code: 'unrecognized_keys', message: 'There is no such field.', keys: [] });
}
