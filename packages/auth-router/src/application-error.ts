import { Refusal } from '@latchkey/user-core';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';

/** Marks an error that a procedure of the application threw on purpose: its words are meant for the caller. */
class ApplicationError extends Error {
  override readonly name = 'ApplicationError';
}

/** Our own procedures refuse with a `Refusal` only; a `TRPCError` with a code of its own comes from an application's. */
export function markApplicationError(error: TRPCError): TRPCError {
  const isDeliberate = error.code !== 'INTERNAL_SERVER_ERROR' && !(error.cause instanceof Refusal) && !(error.cause instanceof ZodError);
  // Without a message of its own tRPC would show the cause's, which was never meant to be seen.
  const message = error.cause && error.message === error.cause.message ? error.code : error.message;
  return isDeliberate ? new TRPCError({ code: error.code, message, cause: new ApplicationError(message) }) : error;
}

export function isApplicationError(error: TRPCError): boolean {
  return error.cause instanceof ApplicationError;
}
