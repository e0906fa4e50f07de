import type { Origin } from './host.ts';
import type { SignedIn } from './session/session.store.ts';

/**
 * Who calls, as the transport found out. `credentials` says how a new session's secret is to travel; `deviceToken` and
 * `browserToken` are what a browser brought along from an earlier login or from registering.
 */
export type Caller = {
  origin: Origin;
  credentials: 'cookie' | 'token';
  signedIn: SignedIn | null;
  /** Every living session whose secret came along, also where that makes the caller nobody: logging out ends them all. */
  presented: SignedIn[];
  deviceToken: string | null;
  browserToken: string | null;
};
