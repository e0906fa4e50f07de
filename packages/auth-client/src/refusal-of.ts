import type { AuthErrorData, ProcedurePath, ReasonOf, RefusalReason } from '#api';

/** What the server said when it refused a call of this procedure: one kind for each of its reasons. */
export type RefusalOf<Path extends ProcedurePath> = { [Reason in ReasonOf<Path>]: AuthErrorData & { reason: Reason } }[ReasonOf<Path>];

/**
 * What the server said when it refused a call: `reason`, `requestId`, and where they help `retryAfterSeconds` and `fields`.
 * With the name of the procedure, `reason` is one of those that this procedure gives, so that a `switch` can be complete.
 * Null for every other error: the network failed, the session could not be renewed, the call was aborted, the answer was
 * not the server's, or another procedure was refused.
 *
 * ```ts
 * const refusal = refusalOf(error, 'auth.login');
 * switch (refusal?.reason) {
 *   case 'invalid_credentials': …
 * ```
 */
export function refusalOf(error: unknown): AuthErrorData | null;
export function refusalOf<Path extends ProcedurePath>(error: unknown, path: Path): RefusalOf<Path> | null;
export function refusalOf(error: unknown, path?: ProcedurePath): AuthErrorData | null {
  // Not by the class: an application may have a copy of its own of the library that throws it.
  if (!(error instanceof Error) || !('data' in error) || !isRefusal(error.data)) return null;
  const { data } = error;
  return path === undefined || data.path === undefined || data.path === path ? data : null;
}

function isRefusal(data: unknown): data is AuthErrorData {
  return typeof data === 'object' && data !== null && 'reason' in data && typeof data.reason === 'string';
}

export type { AuthErrorData, ProcedurePath, ReasonOf, RefusalReason };
