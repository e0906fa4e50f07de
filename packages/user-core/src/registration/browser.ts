import type { Caller } from '../caller.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import type { RegistrationRow } from './registration.table.ts';

/** The hash of the secret that a browser got when it registered, in base64url; null without one. */
export function browserHash({ browserToken }: Caller): string | null {
  const hash = browserToken === null ? null : secretTokenHash('browser', browserToken);
  return hash?.toString('base64url') ?? null;
}

/** True in the browser that made the registration. */
export function isFromBrowser(registration: RegistrationRow, caller: Caller): boolean {
  return browserHash(caller) === registration.browserHash.toString('base64url');
}
