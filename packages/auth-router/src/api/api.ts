import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server';
import type { AuthContext } from '../context.ts';
import type { AuthErrorShape } from './errors.ts';
import type {
  ChangePasswordInput,
  ConfirmResetInput,
  FindUsersInput,
  LoginInput,
  RegisterInput,
  UpdateUserInput,
  VerifyEmailInput,
} from './inputs.ts';
import type {
  CompleteRegistrationInput,
  FinishSocialInput,
  LoginWithIdTokenInput,
  SocialAccount,
  SocialOutcome,
  SocialProvider,
  SocialStarted,
  StartSocialInput,
} from './social.ts';
import type {
  Accepted,
  Current,
  LoginOutcome,
  NoFieldValues,
  PasswordChanged,
  ServiceToken,
  Session,
  TokenStatus,
  Tokens,
  User,
  VerifyEmailOutcome,
} from './values.ts';

/** Who may call a procedure. `fresh` is signed in with a proof of the last minutes. */
export type Access = 'anyone' | 'signed_in' | 'fresh' | 'service';

/** What a service account may be allowed to do. */
export type ServiceScope = 'users:read' | 'sessions:revoke';

/**
 * `access` is set by the procedure that one is built from. `credential` procedures check a password, token or key: one per
 * batch. `setsCookies` ones cannot travel on a stream. `asksProvider` ones wait for another company's server, which has 5
 * seconds of its own.
 */
export type AuthMeta = { access?: Access; scope?: ServiceScope; credential?: boolean; setsCookies?: boolean; asksProvider?: boolean };

/** A zod object, by the two types that it carries: whoever only calls us need not load zod. */
export type FieldsSchema = { readonly _zod: { readonly output: Record<string, unknown>; readonly input: Record<string, unknown> } };
/** The schema of an application that adds no fields. */
export type NoFields = { readonly _zod: { readonly output: NoFieldValues; readonly input: NoFieldValues } };
/** The values that a schema of fields gives: what `User.fields` holds. */
export type FieldsOf<F extends FieldsSchema> = F['_zod']['output'];
/** The values that a schema of fields takes: what `register` and `updateUser` are given. */
export type FieldsInputOf<F extends FieldsSchema> = F['_zod']['input'];

/** What tRPC is told of every router of ours: its context, the shape of its errors, and that superjson carries it. */
export type AuthRoot = { ctx: AuthContext; meta: AuthMeta; errorShape: AuthErrorShape; transformer: true };
type Query<Input, Output> = TRPCQueryProcedure<{ input: Input; output: Output; meta: AuthMeta; errorShape: AuthErrorShape }>;
type Mutation<Input, Output> = TRPCMutationProcedure<{ input: Input; output: Output; meta: AuthMeta; errorShape: AuthErrorShape }>;

/** `auth`: who is here, and the sessions they are here by. */
export type AuthProcedures<Fields, FieldsInput> = {
  /** Logs in by e-mail address or username. */
  login: Mutation<LoginInput, LoginOutcome<Fields>>;
  /** Ends the caller's session, if there is one. */
  logout: Mutation<void, { status: 'logged_out' }>;
  /** Who is signed in, or null. */
  session: Query<void, Current<Fields> | null>;
  /** The person who is signed in. */
  user: Query<void, User<Fields>>;
  /** Changes what is given and nothing else. */
  updateUser: Mutation<UpdateUserInput<FieldsInput>, User<Fields>>;
  /** Removes the person and all that is theirs. */
  deleteUser: Mutation<void, { status: 'deleted' }>;
  /** Exchanges a refresh token for the next pair. A client in token mode does this by itself. */
  refresh: Mutation<{ refreshToken: string }, Tokens>;
  /** Whether an access token is good and its session lives. */
  verifyToken: Mutation<{ token: string }, TokenStatus>;
  /** Exchanges the key of a service account for an access token. */
  serviceToken: Mutation<{ serviceKey: string }, ServiceToken>;
  users: {
    /** The people of these ids and addresses. For service accounts with `users:read`. */
    find: Query<FindUsersInput, User<Fields>[]>;
    /** Ends every session of a person. For service accounts with `sessions:revoke`. */
    revokeSessions: Mutation<{ userId: string }, { status: 'revoked'; count: number }>;
  };
  /** Proves the password again, for what needs a proof of the last minutes. */
  reauthenticate: Mutation<{ password: string }, { status: 'reauthenticated'; freshUntil: Date }>;
  sessions: {
    /** Every living session of the person. */
    list: Query<void, Session[]>;
    /** Ends one of them. */
    revoke: Mutation<{ sessionId: string }, { status: 'revoked' }>;
    /** Ends all but the one that asks. */
    revokeOthers: Mutation<void, { status: 'revoked'; count: number }>;
  };
};

/** `social`: coming in by way of another service, and connecting it. */
export type SocialProcedures<Fields, FieldsInput> = {
  /** The services that are switched on. */
  providers: Query<void, SocialProvider[]>;
  /** Begins a flow. Send the browser to the answer's address. */
  start: Mutation<StartSocialInput, SocialStarted>;
  /** Ends the flow with what the provider gave back, in the browser (or with the ticket) that began it. */
  finish: Mutation<FinishSocialInput, SocialOutcome<Fields>>;
  /** Logs in with an ID token that a native application got. */
  loginWithIdToken: Mutation<LoginWithIdTokenInput, SocialOutcome<Fields>>;
  /** Adds what a provider could not say of somebody new. */
  completeRegistration: Mutation<CompleteRegistrationInput<FieldsInput>, SocialOutcome<Fields>>;
  /** The identities that are connected to the person. */
  accounts: Query<void, SocialAccount[]>;
  /** Takes one away, unless it is the last way in. */
  disconnect: Mutation<{ accountId: string }, { status: 'disconnected' }>;
};

/** `registration`: becoming somebody, and proving an address. */
export type RegistrationProcedures<Fields, FieldsInput> = {
  /** Asks for an account. The answer does not say whether the address has one. */
  register: Mutation<RegisterInput<FieldsInput>, LoginOutcome<Fields>>;
  /** Proves the address with the mailed token. */
  verifyEmail: Mutation<VerifyEmailInput, VerifyEmailOutcome<Fields>>;
  /** Mails a new token, when there is something to prove. */
  resendVerification: Mutation<{ email: string }, Accepted>;
  /** Mails a token to a new address, and a notice to the present one. */
  requestEmailChange: Mutation<{ email: string }, Accepted>;
  /** Moves the account to the new address. */
  confirmEmailChange: Mutation<{ token: string }, { status: 'email_changed' }>;
};

/** `password`: replacing it, known or forgotten. */
export type PasswordProcedures = {
  /** Replaces a password that is known. Other sessions end, unless asked otherwise. */
  change: Mutation<ChangePasswordInput, PasswordChanged>;
  /** Gives an account its first password. */
  set: Mutation<{ newPassword: string }, PasswordChanged>;
  /** Mails a reset token, when there is somebody to mail it to. */
  requestReset: Mutation<{ email: string }, Accepted>;
  /** Sets a new password with the mailed token. Nobody is logged in by it. */
  confirmReset: Mutation<ConfirmResetInput, { status: 'reset' }>;
};

/**
 * The whole API in plain types. The routers are held to it when they are compiled; clients load this and nothing behind it.
 */
export type AuthApi<Fields, FieldsInput> = {
  auth: AuthProcedures<Fields, FieldsInput>;
  social: SocialProcedures<Fields, FieldsInput>;
  registration: RegistrationProcedures<Fields, FieldsInput>;
  password: PasswordProcedures;
};

/** The API of a router with the fields of `F`. */
type ApiOf<F extends FieldsSchema> = AuthApi<FieldsOf<F>, FieldsInputOf<F>>;

/** The sub-routers, to be merged into an application's own router. */
export type AuthRouters<F extends FieldsSchema = NoFields> = {
  [Name in keyof ApiOf<F>]: TRPCBuiltRouter<AuthRoot, ApiOf<F>[Name]>;
};

/** The type that clients are built on: `AuthRouter`, or `AuthRouter<typeof fields>` where the application adds fields. */
export type AuthRouter<F extends FieldsSchema = NoFields> = TRPCBuiltRouter<AuthRoot, ApiOf<F>>;

export type { AuthContext, AuthRequest, CookieName, CookieSink } from '../context.ts';
export type {
  ApplicationErrorData,
  AuthErrorData,
  AuthErrorShape,
  FieldIssue,
  ProcedurePath,
  ReasonOf,
  RefusalReason,
} from './errors.ts';
export type * from './inputs.ts';
export type * from './social.ts';
export type * from './values.ts';
