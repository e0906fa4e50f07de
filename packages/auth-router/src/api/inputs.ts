import type { NoFieldValues } from './values.ts';

export interface LoginInput {
  /** An e-mail address or a username. */
  identifier: string;
  password: string;
}

export interface RegisterInputBase {
  email: string;
  password: string;
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

/** `fields` has to be given when one of the application's fields has to be. */
export type RegisterInput<Fields = NoFieldValues> = RegisterInputBase &
  (Record<never, never> extends Fields ? { fields?: Fields | undefined } : { fields: Fields });

/** What is left out stays as it is. */
export interface UpdateUserInput<Fields = NoFieldValues> {
  username?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  fields?: Partial<Fields> | undefined;
}

export interface VerifyEmailInput {
  token: string;
  password?: string | undefined;
}

export interface ChangePasswordInput {
  currentPassword: string;
  newPassword: string;
  keepOtherSessions?: boolean | undefined;
}

export interface ConfirmResetInput {
  token: string;
  newPassword: string;
}

/** 100 at most, ids and addresses together. */
export interface FindUsersInput {
  ids?: string[] | undefined;
  emails?: string[] | undefined;
}
