import type { Caller } from '../caller.ts';
import { browserHash } from '../registration/browser.ts';
import { findRegistrationOfBrowser } from '../registration/registration.store.ts';
import { knownDevice } from '../session/note-device.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { canonicalUsername } from '../user/canonical-username.ts';
import { findUserByEmail, findUserByUsername } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';

/** Whom a login is for. With neither a user nor a pending registration it is nobody, and costs the same. */
export type Account = {
  user: UserRow | null;
  /** A registration that waits for its proof, this browser's own if it made one; a stranger may have made it for a user's address. */
  pending: { email: string; passwordHash: string | null } | null;
  /** What attempts are counted under: the account, or the one known browser it is tried from (R-SES-15); what was given, for nobody. */
  limitKey: string;
};

type Identifier = { kind: 'email' | 'username'; canonical: string };

export async function findAccount(core: UserCore, text: string, caller: Caller): Promise<Account> {
  const identifier = readIdentifier(core, text);
  const user = identifier && (await findUser(core, identifier));
  const pending = identifier && (await findPending(core, identifier, caller));
  const given = `${identifier?.kind ?? 'nobody'} ${identifier?.canonical ?? text.slice(0, 320)}`;
  return { user, pending, limitKey: user ? ((await knownDeviceKey(core, user, caller)) ?? keyOf(user)) : given };
}

/** Forgives the attempts to log in to an account: its owner has shown to be one. */
export async function forgiveLogins(core: UserCore, user: Pick<UserRow, 'id'>): Promise<void> {
  await core.limits.forgive('login', keyOf(user));
  await core.limits.loginFailures.clear(keyOf(user));
}

/** One for all names of the account: whoever knows several must not guess several times as often (R-SES-13). */
function keyOf({ id }: Pick<UserRow, 'id'>): string {
  return `user ${id}`;
}

/** A text with an `@` is an address, any other a username (which never holds one). Null when that kind cannot log in here. */
function readIdentifier(core: UserCore, text: string): Identifier | null {
  const kind = text.includes('@') ? 'email' : 'username';
  if (!core.policy.loginIdentifiers.includes(kind)) return null;
  const canonical = (kind === 'email' ? canonicalEmail(text) : canonicalUsername(text))?.canonical;
  return canonical === undefined ? null : { kind, canonical };
}

async function findUser(core: UserCore, { kind, canonical }: Identifier): Promise<UserRow | null> {
  return kind === 'email' ? findUserByEmail(core.db, canonical) : findUserByUsername(core.db, canonical);
}

async function findPending(core: UserCore, { kind, canonical }: Identifier, caller: Caller) {
  const sought = kind === 'email' ? { emailCanonical: canonical } : { usernameCanonical: canonical };
  return findRegistrationOfBrowser(core.db, sought, browserHash(caller), core.host.clock.now());
}

async function knownDeviceKey(core: UserCore, user: UserRow, caller: Caller): Promise<string | null> {
  const device = await knownDevice(core, core.db, caller);
  return device?.userId === user.id ? `device ${device.id}` : null;
}
