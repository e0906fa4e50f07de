import { availableParallelism } from 'node:os';
import { createSigningKeys, type SigningKeys } from './access-token/signing-keys.ts';
import type { Database, Db } from './database.ts';
import type { EventSubscriber } from './event/event.ts';
import type { Hooks } from './hooks.ts';
import type { Host } from './host.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import { createHashQueue, hashQueueOptions } from './password/hash-queue.ts';
import { createPasswordHasher, type PasswordHasher } from './password/password-hash.ts';
import { checkPasswordPolicy } from './password/password-rules.ts';
import type { Policy } from './policy.ts';
import { checkRootSecrets } from './secret/check-root-secrets.ts';
import { type DerivedKeys, deriveKeys } from './secret/derived-keys.ts';
import { openProviders, type Providers, type SocialSettings } from './social/open-providers.ts';

/** What every service is given: the database, the rules and the few things that have to be made once. */
export type UserCore = {
  host: Host;
  db: Db;
  policy: Policy;
  hooks: Hooks;
  subscribers: EventSubscriber[];
  keys: DerivedKeys;
  passwords: PasswordHasher;
  limits: Limits;
  signingKeys: SigningKeys;
  social: { publicUrl: string; providers: Providers };
};

/** Where an application takes part: hooks, subscribers to events, and the providers of social login. */
export type Extensions = { hooks?: Hooks; subscribers?: EventSubscriber[]; social?: SocialSettings };

/**
 * Puts the core together over a migrated database. Throws `WrongRootSecretError` when the secrets cannot read what is
 * stored, an `Error` when the policy is too weak to use; makes the first signing key when there is none.
 */
export async function assembleUserCore(host: Host, database: Database, policy: Policy, extensions: Extensions = {}): Promise<UserCore> {
  checkPasswordPolicy(policy.password);
  const keys = deriveKeys(host.secrets, host.random);
  await checkRootSecrets(database, keys, host.clock);
  const passwords = await createPasswordHasher(keys, policy.password.bcryptCost, (milliseconds) =>
    createHashQueue(hashQueueOptions(milliseconds, availableParallelism(), host.threads, policy.limitsEnabled)),
  );
  const signingKeys = createSigningKeys(database.db, keys, host.clock, policy.signingKey);
  await signingKeys.rotate();
  return {
    host,
    db: database.db,
    policy,
    hooks: extensions.hooks ?? {},
    subscribers: extensions.subscribers ?? [],
    keys,
    passwords,
    limits: createLimits(database.db, keys, policy, host.log),
    signingKeys,
    social: { publicUrl: extensions.social?.publicUrl ?? host.issuer, providers: openProviders(extensions.social, host.clock) },
  };
}

export { recordStart } from './audit/audit.store.ts';
export { recordRefusal } from './audit/record-refusal.ts';
export type { Caller } from './caller.ts';
export { withDeadline } from './database/deadline.ts';
export { type Database, type Db, isDatabaseUnavailable, openDatabase, type Transaction } from './database.ts';
export { deliverEvents } from './event/deliver-events.ts';
export type { EventData, EventSubscriber, EventType, UserEvent } from './event/event.ts';
export { checkHealth, type Health } from './health.ts';
export type { Hooks, RegistrationCandidate } from './hooks.ts';
export type { BreachedPasswords, Clock, Host, Jobs, Log, Origin, Random, RootSecret } from './host.ts';
export { login } from './login/login.ts';
export { reauthenticate } from './login/reauthenticate.ts';
export { claimMail } from './mail/claim-mail.ts';
export type { Mail, MailContents, MailedToken, MailKind, Occurrence } from './mail/mail.ts';
export { type ClaimedMail, dueMails, keptMails, mailBacklog, markMailSent, postponeMail } from './mail/outbox.ts';
export { changePassword, setPassword } from './password/change-password.ts';
export { requestReset } from './password/request-reset.ts';
export { confirmReset } from './password/reset-password.ts';
export { defaultPolicy, type Limit, type LimitedAction, type Policy } from './policy.ts';
export { purge } from './purge.ts';
export { type FieldIssue, Refusal, type RefusalDetails, type RefusalReason, refusalMeanings } from './refusal.ts';
export { confirmEmailChange, requestEmailChange } from './registration/change-email.ts';
export { type RegisterInput, type RegisterOutcome, register } from './registration/register.ts';
export { resendVerification } from './registration/resend-verification.ts';
export { type VerifyEmailOutcome, verifyEmail } from './registration/verify-email.ts';
export { WrongRootSecretError } from './secret/check-root-secrets.ts';
export { type ServiceScope, serviceScopes } from './service-account/service-account.table.ts';
export {
  createServiceAccount,
  listServiceAccounts,
  revokeServiceAccount,
  rotateServiceKey,
  type ServiceAccount,
} from './service-account/service-account.ts';
export { exchangeServiceKey, requireService, type ServiceCaller } from './service-account/service-token.ts';
export { findUsersForService, revokeSessionsForService } from './service-account/service-users.ts';
export { requireFresh } from './session/freshness.ts';
export type { LoginOutcome, SessionSecrets } from './session/open-session.ts';
export { type Credentials, type Recognized, recognize } from './session/recognize.ts';
export { refresh } from './session/refresh.ts';
export type { RenewedSession } from './session/renew-session.ts';
export type { SignedIn } from './session/session.store.ts';
export { type Session, type Tokens, toSession } from './session/session.ts';
export { listSessions, logout, revokeOtherSessions, revokeSession } from './session/sessions.ts';
export { type TokenStatus, verifyToken } from './session/verify-token.ts';
export { type CompleteRegistrationInput, completeRegistration } from './social/complete-registration.ts';
export { type FinishInput, finishSocial } from './social/finish-social.ts';
export { loginWithIdToken } from './social/login-with-id-token.ts';
export type { FieldDefaults } from './social/newcomer.ts';
export { notePostedName } from './social/note-posted-name.ts';
export type { ProviderSettings, SocialSettings } from './social/open-providers.ts';
export { type KeptTokens, providerTokens } from './social/provider-tokens.ts';
export { knownProviders } from './social/providers/known-providers.ts';
export { isMicrosoftTenant } from './social/providers/microsoft.ts';
export type { ClientSecret, Endpoints, ProviderDefinition } from './social/providers/provider.ts';
export { disconnectSocial, listProviders, listSocialAccounts } from './social/social-accounts.ts';
export type { MissingField, SocialAccount, SocialAnswer, SocialOutcome } from './social/social-outcome.ts';
export { type StartInput, startSocial } from './social/start-social.ts';
export { deleteMe, type UpdateUserInput, updateMe } from './user/account.ts';
export { canonicalEmail } from './user/canonical-email.ts';
export { canonicalUsername, usernameIssue } from './user/canonical-username.ts';
export { toUser, type User } from './user/user.ts';
