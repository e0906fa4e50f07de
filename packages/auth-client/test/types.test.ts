import type { createAuthRouter } from '@latchkey/auth-router';
import type { FieldsSchema } from '@latchkey/auth-router/api';
import type { inferRouterInputs } from '@trpc/server';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type {
  AuthClient,
  AuthClientOptions,
  AuthRouter,
  Current,
  createAuthClient,
  LoginOutcome,
  ProcedurePath,
  RefusalReason,
  Session,
  SocialOutcome,
  TokenStore,
  Tokens,
  User,
  VerifyEmailOutcome,
} from '../src/auth-client.ts';
import type { AuthHooks, createAuthHooks, SessionState } from '../src/react.tsx';
import type { InProcessClient, OnwardClient, ServerAuth } from '../src/server.ts';

type Answer<Call extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<Call>>;
type Input<Call extends (...args: never[]) => unknown> = Parameters<Call>[0];
type Client = AuthClient;

describe('every procedure, as a client has it', () => {
  test('auth', () => {
    type Auth = Client['auth'];
    expectTypeOf<Input<Auth['login']['mutate']>>().toEqualTypeOf<{ identifier: string; password: string }>();
    expectTypeOf<Answer<Auth['login']['mutate']>>().toEqualTypeOf<LoginOutcome>();
    expectTypeOf<undefined>().toExtend<Input<Auth['logout']['mutate']>>();
    expectTypeOf<Answer<Auth['logout']['mutate']>>().toEqualTypeOf<{ status: 'logged_out' }>();
    expectTypeOf<Answer<Auth['session']['query']>>().toEqualTypeOf<Current | null>();
    expectTypeOf<Answer<Auth['user']['query']>>().toEqualTypeOf<User>();
    expectTypeOf<keyof Input<Auth['updateUser']['mutate']>>().toEqualTypeOf<'username' | 'firstName' | 'lastName' | 'fields'>();
    expectTypeOf<Answer<Auth['updateUser']['mutate']>>().toEqualTypeOf<User>();
    expectTypeOf<Answer<Auth['deleteUser']['mutate']>>().toEqualTypeOf<{ status: 'deleted' }>();
    expectTypeOf<Input<Auth['refresh']['mutate']>>().toEqualTypeOf<{ refreshToken: string }>();
    expectTypeOf<Answer<Auth['refresh']['mutate']>>().toEqualTypeOf<Tokens>();
    expectTypeOf<Input<Auth['verifyToken']['mutate']>>().toEqualTypeOf<{ token: string }>();
    expectTypeOf<Answer<Auth['verifyToken']['mutate']>>().toEqualTypeOf<
      { active: true; userId: string; sessionId: string; expiresAt: Date } | { active: false }
    >();
    expectTypeOf<Input<Auth['serviceToken']['mutate']>>().toEqualTypeOf<{ serviceKey: string }>();
    expectTypeOf<Answer<Auth['serviceToken']['mutate']>>().toEqualTypeOf<{ accessToken: string; expiresAt: Date; scopes: string[] }>();
    expectTypeOf<Input<Auth['reauthenticate']['mutate']>>().toEqualTypeOf<{ password: string }>();
    expectTypeOf<Answer<Auth['reauthenticate']['mutate']>>().toEqualTypeOf<{ status: 'reauthenticated'; freshUntil: Date }>();
  });

  test('auth.users and auth.sessions', () => {
    type Auth = Client['auth'];
    expectTypeOf<Input<Auth['users']['find']['query']>>().toEqualTypeOf<{ ids?: string[] | undefined; emails?: string[] | undefined }>();
    expectTypeOf<Answer<Auth['users']['find']['query']>>().toEqualTypeOf<User[]>();
    expectTypeOf<Input<Auth['users']['revokeSessions']['mutate']>>().toEqualTypeOf<{ userId: string }>();
    expectTypeOf<Answer<Auth['users']['revokeSessions']['mutate']>>().toEqualTypeOf<{ status: 'revoked'; count: number }>();
    expectTypeOf<Answer<Auth['sessions']['list']['query']>>().toEqualTypeOf<Session[]>();
    expectTypeOf<Input<Auth['sessions']['revoke']['mutate']>>().toEqualTypeOf<{ sessionId: string }>();
    expectTypeOf<Answer<Auth['sessions']['revoke']['mutate']>>().toEqualTypeOf<{ status: 'revoked' }>();
    expectTypeOf<Answer<Auth['sessions']['revokeOthers']['mutate']>>().toEqualTypeOf<{ status: 'revoked'; count: number }>();
  });

  test('registration', () => {
    type Registration = Client['registration'];
    expectTypeOf<{ email: string; password: string }>().toExtend<Input<Registration['register']['mutate']>>();
    expectTypeOf<Answer<Registration['register']['mutate']>>().toEqualTypeOf<LoginOutcome>();
    expectTypeOf<Input<Registration['verifyEmail']['mutate']>>().toEqualTypeOf<{ token: string; password?: string | undefined }>();
    expectTypeOf<Answer<Registration['verifyEmail']['mutate']>>().toEqualTypeOf<VerifyEmailOutcome>();
    expectTypeOf<Answer<Registration['verifyEmail']['mutate']>['status']>().toEqualTypeOf<
      'authenticated' | 'email_verification_required' | 'second_factor_required' | 'password_required' | 'verified'
    >();
    expectTypeOf<Input<Registration['resendVerification']['mutate']>>().toEqualTypeOf<{ email: string }>();
    expectTypeOf<Answer<Registration['resendVerification']['mutate']>>().toEqualTypeOf<{ status: 'accepted' }>();
    expectTypeOf<Input<Registration['requestEmailChange']['mutate']>>().toEqualTypeOf<{ email: string }>();
    expectTypeOf<Answer<Registration['requestEmailChange']['mutate']>>().toEqualTypeOf<{ status: 'accepted' }>();
    expectTypeOf<Input<Registration['confirmEmailChange']['mutate']>>().toEqualTypeOf<{ token: string }>();
    expectTypeOf<Answer<Registration['confirmEmailChange']['mutate']>>().toEqualTypeOf<{ status: 'email_changed' }>();
  });

  test('password', () => {
    type Password = Client['password'];
    type Changed = { status: 'changed'; tokens: Tokens | null };
    expectTypeOf<Input<Password['change']['mutate']>>().toEqualTypeOf<{
      currentPassword: string;
      newPassword: string;
      keepOtherSessions?: boolean | undefined;
    }>();
    expectTypeOf<Answer<Password['change']['mutate']>>().toEqualTypeOf<Changed>();
    expectTypeOf<Input<Password['set']['mutate']>>().toEqualTypeOf<{ newPassword: string }>();
    expectTypeOf<Answer<Password['set']['mutate']>>().toEqualTypeOf<Changed>();
    expectTypeOf<Input<Password['requestReset']['mutate']>>().toEqualTypeOf<{ email: string }>();
    expectTypeOf<Answer<Password['requestReset']['mutate']>>().toEqualTypeOf<{ status: 'accepted' }>();
    expectTypeOf<Input<Password['confirmReset']['mutate']>>().toEqualTypeOf<{ token: string; newPassword: string }>();
    expectTypeOf<Answer<Password['confirmReset']['mutate']>>().toEqualTypeOf<{ status: 'reset' }>();
  });

  test('social', () => {
    type Social = Client['social'];
    expectTypeOf<Answer<Social['providers']['query']>>().toEqualTypeOf<{ id: string; name: string }[]>();
    expectTypeOf<Input<Social['start']['mutate']>['intent']>().toEqualTypeOf<'login' | 'connect'>();
    expectTypeOf<Answer<Social['start']['mutate']>>().toEqualTypeOf<{ authorizationUrl: string; ticket: string | null }>();
    expectTypeOf<{ provider: string; state: string; code: string }>().toExtend<Input<Social['finish']['mutate']>>();
    expectTypeOf<{ provider: string; state: string; error: string }>().toExtend<Input<Social['finish']['mutate']>>();
    expectTypeOf<{ provider: string; state: string }>().not.toExtend<Input<Social['finish']['mutate']>>();
    expectTypeOf<Answer<Social['finish']['mutate']>>().toEqualTypeOf<SocialOutcome>();
    expectTypeOf<Answer<Social['finish']['mutate']>['status']>().toEqualTypeOf<
      'authenticated' | 'email_verification_required' | 'second_factor_required' | 'connected' | 'registration_incomplete' | 'link_required'
    >();
    expectTypeOf<Input<Social['loginWithIdToken']['mutate']>>().toEqualTypeOf<{
      provider: string;
      idToken: string;
      nonce?: string | undefined;
    }>();
    expectTypeOf<Answer<Social['loginWithIdToken']['mutate']>>().toEqualTypeOf<SocialOutcome>();
    expectTypeOf<{ ticket: string; email: string; username: string }>().toExtend<Input<Social['completeRegistration']['mutate']>>();
    expectTypeOf<Answer<Social['completeRegistration']['mutate']>>().toEqualTypeOf<SocialOutcome>();
    expectTypeOf<Answer<Social['accounts']['query']>[number]['connectedAt']>().toEqualTypeOf<Date>();
    expectTypeOf<Input<Social['disconnect']['mutate']>>().toEqualTypeOf<{ accountId: string }>();
    expectTypeOf<Answer<Social['disconnect']['mutate']>>().toEqualTypeOf<{ status: 'disconnected' }>();
  });

  test('and no other', () => {
    type Covered =
      | `auth.${'login' | 'logout' | 'session' | 'user' | 'updateUser' | 'deleteUser' | 'refresh' | 'verifyToken' | 'serviceToken' | 'reauthenticate'}`
      | `auth.users.${'find' | 'revokeSessions'}`
      | `auth.sessions.${'list' | 'revoke' | 'revokeOthers'}`
      | `registration.${'register' | 'verifyEmail' | 'resendVerification' | 'requestEmailChange' | 'confirmEmailChange'}`
      | `password.${'change' | 'set' | 'requestReset' | 'confirmReset'}`
      | `social.${'providers' | 'start' | 'finish' | 'loginWithIdToken' | 'completeRegistration' | 'accounts' | 'disconnect'}`;
    expectTypeOf<Covered>().toEqualTypeOf<ProcedurePath>();
  });
});

const fields = z.strictObject({ plan: z.enum(['free', 'paid']), nick: z.string().optional() });
type Fields = { plan: 'free' | 'paid'; nick?: string | undefined };
type WithFields = AuthRouter<typeof fields>;

describe('fields of an application', () => {
  test('are typed at the client, in the hooks and at other servers', () => {
    expectTypeOf(fields).toExtend<FieldsSchema>();
    expectTypeOf<Answer<AuthClient<WithFields>['auth']['user']['query']>['fields']>().toEqualTypeOf<Fields>();
    expectTypeOf<
      Extract<Answer<AuthClient<WithFields>['auth']['login']['mutate']>, { status: 'authenticated' }>['user']['fields']
    >().toEqualTypeOf<Fields>();
    type User = ReturnType<AuthHooks<WithFields>['useUser']>;
    expectTypeOf<NonNullable<User>['fields']>().toEqualTypeOf<Fields>();
    expectTypeOf<NonNullable<ReturnType<AuthHooks['useUser']>>['fields']>().toEqualTypeOf<Record<string, never>>();
    expectTypeOf<Answer<OnwardClient<WithFields>['client']['auth']['user']['query']>['fields']>().toEqualTypeOf<Fields>();
    expectTypeOf<Answer<InProcessClient<WithFields>['client']['auth']['user']['query']>['fields']>().toEqualTypeOf<Fields>();
  });

  test('have to be given where they must be, and cannot be misspelt', () => {
    type Register = Input<AuthClient<WithFields>['registration']['register']['mutate']>;
    expectTypeOf<{ email: string; password: string }>().not.toExtend<Register>();
    expectTypeOf<{ email: string; password: string; fields: { plan: 'free' } }>().toExtend<Register>();
    expectTypeOf<{ email: string; password: string; fields: { plan: 'gratis' } }>().not.toExtend<Register>();
  });
});

describe('an application’s own router around ours', () => {
  type Merged = ReturnType<ReturnType<typeof merge>>;
  const merge =
    ({ authRouters, router, signedInProcedure }: ReturnType<typeof createAuthRouter<typeof fields>>) =>
    () =>
      router({ ...authRouters, posts: router({ mine: signedInProcedure.query(({ ctx }) => [ctx.me.user.fields.plan]) }) });

  test('is what a client, the hooks and a caller in process can be typed by', () => {
    expectTypeOf<Answer<AuthClient<Merged>['posts']['mine']['query']>>().toEqualTypeOf<('free' | 'paid')[]>();
    expectTypeOf<Answer<AuthClient<Merged>['auth']['user']['query']>['fields']>().toEqualTypeOf<Fields>();
    expectTypeOf<NonNullable<ReturnType<AuthHooks<Merged>['useUser']>>['fields']>().toEqualTypeOf<Fields>();
    expectTypeOf<inferRouterInputs<Merged>['auth']['login']>().toEqualTypeOf<{ identifier: string; password: string }>();
    expectTypeOf<ReturnType<typeof createAuthClient<Merged>>>().toEqualTypeOf<AuthClient<Merged>>();
    expectTypeOf<ReturnType<typeof createAuthHooks<Merged>>>().toEqualTypeOf<AuthHooks<Merged>>();
    expectTypeOf<Answer<InProcessClient<Merged>['client']['posts']['mine']['query']>>().toEqualTypeOf<('free' | 'paid')[]>();
  });
});

describe('what hooks give', () => {
  test('is narrowed by its status', () => {
    type State = SessionState<AuthRouter>;
    expectTypeOf<State['status']>().toEqualTypeOf<'signed_in' | 'signed_out' | 'pending' | 'failed'>();
    expectTypeOf<Extract<State, { status: 'signed_in' }>['user']>().toEqualTypeOf<User>();
    expectTypeOf<Extract<State, { status: 'failed' }>['error']>().toEqualTypeOf<Error>();
    expectTypeOf<ReturnType<AuthHooks['useSuspenseUser']>>().toEqualTypeOf<User | null>();
  });

  test('has the reasons of a refusal in its errors', () => {
    type Api = ReturnType<AuthHooks['useAuthApi']>;
    type Shape = Api['auth']['login']['~types']['errorShape'];
    expectTypeOf<NonNullable<Shape['data']['reason']>>().toEqualTypeOf<RefusalReason>();
  });
});

test('what is said of a request is the same wherever it is asked', () => {
  type Known = NonNullable<Awaited<ReturnType<ServerAuth['sessionFromRequest']>>>;
  expectTypeOf<Known>().toEqualTypeOf<NonNullable<Awaited<ReturnType<ServerAuth['verifyAccessToken']>>>>();
  expectTypeOf<keyof Known>().toEqualTypeOf<'userId' | 'sessionId' | 'methods' | 'authenticatedAt' | 'expiresAt'>();
});

test('a store of tokens is for tokens: options of the other kind do not compile with one', () => {
  expectTypeOf<{ url: string; credentials: 'cookie' | 'token' }>().toExtend<AuthClientOptions>();
  expectTypeOf<{ url: string; credentials: 'token'; tokenStore: TokenStore }>().toExtend<AuthClientOptions>();
  expectTypeOf<{ url: string; tokenStore: TokenStore }>().not.toExtend<AuthClientOptions>();
  expectTypeOf<{ url: string; credentials: 'cookie'; tokenStore: TokenStore }>().not.toExtend<AuthClientOptions>();
});
