import type { AuthErrorData } from '@latchkey/auth-router/api';
import { TRPCClientError } from '@trpc/client';

export type { AuthErrorData };

/** Every reason for which a call may be refused. */
export type RefusalReason = AuthErrorData['reason'];

/**
 * What the server said when it refused a call: `reason`, `requestId`, and where they help `retryAfterSeconds` and `fields`.
 * Null for every other error: the network failed, the call was aborted, or the answer was not the server's.
 */
export function refusalOf(error: unknown): AuthErrorData | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data: unknown = error.data;
  return isRefusal(data) ? data : null;
}

function isRefusal(data: unknown): data is AuthErrorData {
  return typeof data === 'object' && data !== null && 'reason' in data && typeof data.reason === 'string';
}
