import type { RefusalReason } from '@latchkey/user-core';

/** Before a procedure runs: input that does not fit, too much in one batch, no room; and a bug of ours, at any time. */
const anyCall = ['invalid_input', 'batch_refused', 'overloaded', 'internal'] as const;
/** A write that comes from another site is refused as well. */
const anyMutation = [...anyCall, 'origin_refused'] as const;
const signedIn = ['not_authenticated'] as const;
const fresh = [...signedIn, 'reauthentication_required'] as const;
/** Coming in by way of a provider, known or new. */
const arrival = ['provider_unknown', 'registration_closed', 'username_taken', 'email_taken', 'too_many_attempts'] as const;

/**
 * Why each procedure may refuse: every reason and no other. Clients read the type only. `scripts/check-refusals.mjs` holds
 * it to the code, in both directions, and says what a new procedure has to list.
 */
export const procedureRefusals = {
  'auth.login': [...anyMutation, 'invalid_credentials', 'too_many_attempts'],
  'auth.logout': [...anyMutation, 'too_many_attempts'],
  'auth.session': anyCall,
  'auth.user': [...anyCall, ...signedIn],
  'auth.updateUser': [...anyMutation, ...signedIn, 'username_taken', 'too_many_attempts'],
  'auth.deleteUser': [...anyMutation, ...fresh, 'too_many_attempts'],
  'auth.refresh': [...anyMutation, 'not_authenticated', 'refresh_token_reused', 'too_many_attempts'],
  'auth.verifyToken': anyMutation,
  'auth.serviceToken': [...anyMutation, 'invalid_credentials', 'too_many_attempts'],
  'auth.users.find': [...anyCall, ...signedIn, 'too_many_attempts'],
  'auth.users.revokeSessions': [...anyMutation, ...signedIn, 'too_many_attempts', 'not_found'],
  'auth.reauthenticate': [...anyMutation, ...signedIn, 'invalid_credentials', 'too_many_attempts'],
  'auth.sessions.list': [...anyCall, ...signedIn, 'too_many_attempts'],
  'auth.sessions.revoke': [...anyMutation, ...signedIn, 'not_found', 'too_many_attempts'],
  'auth.sessions.revokeOthers': [...anyMutation, ...signedIn, 'too_many_attempts'],

  'social.providers': anyCall,
  'social.start': [...anyMutation, ...fresh, 'provider_unknown', 'provider_failed', 'too_many_attempts'],
  'social.finish': [...anyMutation, ...arrival, 'state_mismatch', 'provider_failed', 'provider_denied', 'social_account_in_use'],
  'social.loginWithIdToken': [...anyMutation, ...arrival, 'provider_failed', 'invalid_credentials'],
  'social.completeRegistration': [...anyMutation, ...arrival, 'state_mismatch'],
  'social.accounts': [...anyCall, ...signedIn],
  'social.disconnect': [...anyMutation, ...fresh, 'not_found', 'last_login_method', 'too_many_attempts'],

  'registration.register': [...anyMutation, 'registration_closed', 'weak_password', 'username_taken', 'email_taken', 'too_many_attempts'],
  'registration.verifyEmail': [
    ...anyMutation,
    'registration_closed',
    'invalid_token',
    'invalid_credentials',
    'username_taken',
    'social_account_in_use',
    'too_many_attempts',
  ],
  'registration.resendVerification': [...anyMutation, 'too_many_attempts'],
  'registration.requestEmailChange': [...anyMutation, ...fresh, 'too_many_attempts'],
  'registration.confirmEmailChange': [...anyMutation, ...signedIn, 'invalid_token', 'too_many_attempts'],

  'password.change': [...anyMutation, ...signedIn, 'invalid_credentials', 'weak_password', 'too_many_attempts'],
  'password.set': [...anyMutation, ...fresh, 'password_already_set', 'weak_password', 'too_many_attempts'],
  'password.requestReset': [...anyMutation, 'too_many_attempts'],
  'password.confirmReset': [...anyMutation, 'invalid_token', 'registration_closed', 'weak_password', 'username_taken', 'too_many_attempts'],
} as const satisfies Record<string, readonly RefusalReason[]>;
