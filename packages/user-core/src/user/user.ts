import type { UserRow } from './user.table.ts';

/** A person as they may see themselves. `fields` is what the application added (`Record<string, unknown>` here, typed by the router). */
export type User = {
  id: string;
  email: string;
  emailVerified: boolean;
  username: string | null;
  firstName: string;
  lastName: string;
  hasPassword: boolean;
  createdAt: Date;
  lastLoginAt: Date | null;
  fields: Record<string, unknown>;
};

/** A user row as the person may see it: never a hash. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.emailVerifiedAt !== null,
    username: row.username,
    firstName: row.firstName,
    lastName: row.lastName,
    hasPassword: row.passwordHash !== null,
    createdAt: row.createdAt,
    lastLoginAt: row.lastLoginAt,
    fields: row.fields,
  };
}
