import type { AuthClient, User } from '@latchkey/auth-client';

/** The names of people by their ids, as others may see them. Who has none, or is gone, is left out. */
export type Authors = (userIds: string[]) => Promise<ReadonlyMap<string, string>>;

/** Asks the auth server, in this service's own name. Names are an ornament: without an answer there are none. */
export function createAuthors(auth: AuthClient, warn: (error: unknown) => void): Authors {
  return async (userIds) => {
    if (userIds.length === 0) return new Map();
    try {
      const users = await auth.auth.users.find.query({ ids: [...new Set(userIds)] });
      return new Map(users.flatMap((user) => nameOf(user) ?? []));
    } catch (error) {
      warn(error);
      return new Map();
    }
  };
}

/** Never the address: that is nobody else's business. */
function nameOf({ id, firstName, lastName, username }: User): [[string, string]] | null {
  const name = `${firstName} ${lastName}`.trim() || username;
  return name ? [[id, name]] : null;
}
