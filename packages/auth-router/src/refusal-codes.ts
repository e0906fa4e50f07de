import type { RefusalReason } from '@latchkey/user-core';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';

type Code = TRPCError['code'];

/** The tRPC code, and by it the HTTP status, of every reason. Total: a new reason does not compile without one. */
export const refusalCodes = {
  invalid_input: 'BAD_REQUEST',
  weak_password: 'BAD_REQUEST',
  invalid_token: 'BAD_REQUEST',
  invalid_credentials: 'UNAUTHORIZED',
  not_authenticated: 'UNAUTHORIZED',
  refresh_token_reused: 'UNAUTHORIZED',
  reauthentication_required: 'FORBIDDEN',
  registration_closed: 'FORBIDDEN',
  origin_refused: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  username_taken: 'CONFLICT',
  email_taken: 'CONFLICT',
  password_already_set: 'CONFLICT',
  last_login_method: 'CONFLICT',
  social_account_in_use: 'CONFLICT',
  refresh_conflict: 'CONFLICT',
  provider_unknown: 'BAD_REQUEST',
  provider_failed: 'BAD_REQUEST',
  provider_denied: 'BAD_REQUEST',
  state_mismatch: 'BAD_REQUEST',
  batch_refused: 'BAD_REQUEST',
  too_many_attempts: 'TOO_MANY_REQUESTS',
  overloaded: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<RefusalReason, Code>;

/** The reason for an error that tRPC itself raised before a procedure ran. Whatever is not listed is a bug of ours. */
const reasonsOfCodes: Partial<Record<Code, RefusalReason>> = {
  BAD_REQUEST: 'invalid_input',
  PARSE_ERROR: 'invalid_input',
  METHOD_NOT_SUPPORTED: 'invalid_input',
  UNSUPPORTED_MEDIA_TYPE: 'invalid_input',
  PAYLOAD_TOO_LARGE: 'invalid_input',
  NOT_FOUND: 'not_found',
  TIMEOUT: 'overloaded',
  SERVICE_UNAVAILABLE: 'overloaded',
};

export function reasonOfCode(code: Code): keyof typeof refusalCodes {
  return reasonsOfCodes[code] ?? 'internal';
}

/** The status with which tRPC answers an error of this code. */
export function httpStatusOf(code: Code): number {
  return getHTTPStatusCodeFromError(new TRPCError({ code }));
}
