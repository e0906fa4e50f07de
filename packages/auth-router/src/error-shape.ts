import { Refusal } from '@latchkey/user-core';
import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
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

/** The same answer for a request that is refused before tRPC sees it: HTTP status and body. */
export function refusalAnswer(
  refusal: Refusal,
  requestId: string,
  code: TRPCError['code'] = refusalCodes[refusal.reason],
): { status: number; body: { error: unknown } } {
  const error = new TRPCError({ code, message: refusal.reason, cause: refusal });
  return { status: httpStatusOf(code), body: { error: toWire(errorShape(error, requestId, undefined)) } };
}

function fieldIssues(error: ZodError): FieldIssue[] {
  return error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 200),
    code: issue.code,
    message: issue.message.slice(0, 200),
  }));
}
