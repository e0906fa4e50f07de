import type { Caller } from '../caller.ts';
import { findNewestRegistrationByEmail, findNewestRegistrationByUsername } from '../registration/registration.store.ts';
import { findDevice } from '../session/device.store.ts';
import { secretTokenHash } from '../token/secret-token.ts';
import { canonicalEmail } from '../user/canonical-email.ts';
import { canonicalUsername } from '../user/canonical-username.ts';
import { findUserByEmail, findUserByUsername } from '../user/user.store.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';

/** Whom a login is for. With neither a user nor a pending registration it is nobody, and costs the same. */
export type Account = {
  user: UserRow | null;
  /** The newest registration that waits for its proof; a stranger may have made one for the address of a user. */
  pending: { email: string; passwordHash: string } | null;
  /** What attempts are counted under: the account, or the one known browser it is tried from (R-SES-15). */
  limitKey: string;
};

type Identifier = { kind: 'email' | 'username'; canonical: string };

export async function findAccount(core: UserCore, text: string, caller: Caller): Promise<Account> {
  const identifier = readIdentifier(core, text);
  const user = identifier && (await findUser(core, identifier));
  const pending = identifier && (await findPending(core, identifier));
  const account = user ? `user ${user.id}` : `${identifier?.kind ?? 'nobody'} ${identifier?.canonical ?? text.slice(0, 320)}`;
  return {
    user,
    pending,
    limitKey: (user && (await knownDeviceKey(core, user, caller))) || account,
  };
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

async function findPending(core: UserCore, { kind, canonical }: Identifier) {
  const now = core.host.clock.now();
  return kind === 'email'
    ? findNewestRegistrationByEmail(core.db, canonical, now)
    : findNewestRegistrationByUsername(core.db, canonical, now);
}

async function knownDeviceKey(core: UserCore, user: UserRow, caller: Caller): Promise<string | null> {
  const hash = caller.deviceToken === null ? null : secretTokenHash('device', caller.deviceToken);
  const device = hash && (await findDevice(core.db, hash, core.host.clock.now()));
  return device && device.userId === user.id ? `device ${device.id}` : null;
}
