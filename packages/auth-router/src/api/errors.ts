import type { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_NUMBER } from '@trpc/server/rpc';
import type { procedureRefusals } from '../procedure-refusals.ts';
import type { refusalCodes } from '../refusal-codes.ts';

/** Every reason for which a call may be refused: a closed union, the same on every floor. */
export type RefusalReason = keyof typeof refusalCodes;

/** The name of a procedure: `auth.login`. */
export type ProcedurePath = keyof typeof procedureRefusals;

/** Why this procedure may refuse: every reason and no other. */
export type ReasonOf<Path extends ProcedurePath> = (typeof procedureRefusals)[Path][number];

/** One thing wrong with one input: where, as a stable code, and in words a person can act on. Never the value itself. */
export interface FieldIssue {
  path: string;
  code: string;
  message: string;
}

/** What a client sees of any error: why, where, when to come back, and the id under which the server logged it. */
export interface AuthErrorData {
  code: TRPCError['code'];
  httpStatus: number;
  path?: string;
  reason: RefusalReason;
  requestId: string;
  retryAfterSeconds?: number;
  fields?: FieldIssue[];
}

/** An error that a procedure of the application itself threw: its message is for the caller, and it has no reason of ours. */
export interface ApplicationErrorData extends Pick<AuthErrorData, 'code' | 'httpStatus' | 'path' | 'requestId'> {
  reason?: undefined;
  retryAfterSeconds?: undefined;
  fields?: undefined;
}

/** An error as it travels: `data` says why; `message` is for logs, never for a decision. */
export interface AuthErrorShape {
  message: string;
  code: TRPC_ERROR_CODE_NUMBER;
  data: AuthErrorData | ApplicationErrorData;
}
