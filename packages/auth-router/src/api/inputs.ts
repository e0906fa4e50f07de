import type { NoFieldValues } from './values.ts';

/** Who somebody says they are, and how they prove it. */
export interface LoginInput {
  /** An e-mail address or a username. */
  identifier: string;
  password: string;
}

/** What every account is asked for with. */
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

/** The mailed token. The password that was chosen is needed anywhere but in the browser that registered. */
export interface VerifyEmailInput {
  token: string;
  password?: string | undefined;
}

/** The old password and the new one. Other sessions end unless they are to be kept. */
export interface ChangePasswordInput {
  currentPassword: string;
  newPassword: string;
  keepOtherSessions?: boolean | undefined;
}

/** The mailed token and the new password. */
export interface ConfirmResetInput {
  token: string;
  newPassword: string;
}

/** 100 at most, ids and addresses together. */
export interface FindUsersInput {
  ids?: string[] | undefined;
  emails?: string[] | undefined;
}
