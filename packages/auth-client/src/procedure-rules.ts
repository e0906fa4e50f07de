import type { ProcedurePath } from '#api';
import type { Need } from './tokens/refresh-protocol.ts';

/** What a client has to know of single procedures beyond their types. */
const set = (...paths: ProcedurePath[]): ReadonlySet<string> => new Set(paths);

/** Whoever calls these is not known yet, or is another server: tokens have nothing to do with it. */
const forAnyone = set(
  'auth.login',
  'auth.refresh',
  'auth.verifyToken',
  'auth.serviceToken',
  'auth.users.find',
  'auth.users.revokeSessions',
  'registration.register',
  'registration.resendVerification',
  'password.requestReset',
  'password.confirmReset',
  'social.providers',
  'social.loginWithIdToken',
);
/** These do more for somebody who is signed in, and work for anyone. */
const forBoth = set('auth.logout', 'registration.verifyEmail', 'social.start', 'social.finish', 'social.completeRegistration');
const waysIn = set('auth.login', 'registration.register', 'registration.verifyEmail');
const ends = set('auth.logout', 'auth.deleteUser');
const newPair = set('password.change', 'password.set');
const changesAccount = set(
  'auth.updateUser',
  'auth.reauthenticate',
  'auth.sessions.revoke',
  'auth.sessions.revokeOthers',
  'registration.verifyEmail',
  'registration.confirmEmailChange',
  'password.change',
  'password.set',
  'password.confirmReset',
  'social.finish',
  'social.disconnect',
);

/** Whether a procedure is of the four sub-routers. Those of the application may answer what they like. */
export function isOurs(path: string): boolean {
  return /^(auth|registration|password|social)\./.test(path);
}

/** Whether nobody is signed in any more after a call. */
export function endsSession(path: string): boolean {
  return ends.has(path);
}

/** Whether a call waits for a renewal. Procedures of the application count as ours that need somebody signed in. */
export function needOf(path: string): Need {
  if (forAnyone.has(path)) return 'no';
  return forBoth.has(path) ? 'may' : 'must';
}

/** Whether a call says that it wants tokens instead of a cookie. */
export function asksForTokens(path: string): boolean {
  return waysIn.has(path) || path.startsWith('social.');
}

/** Whether a call gives the session that goes on a new pair: nobody may renew the old one meanwhile. */
export function replacesPair(path: string): boolean {
  return newPair.has(path);
}

/** Whether, after a call, what is known of the person or their sessions is out of date. */
export function changesKnownAccount(path: string): boolean {
  return changesAccount.has(path);
}
