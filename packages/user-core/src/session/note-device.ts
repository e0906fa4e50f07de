import type { Caller } from '../caller.ts';
import type { Db, Transaction } from '../database.ts';
import { clientNetwork } from '../limits/client-network.ts';
import { occurrence, writeNotice } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { mintSecretToken, secretTokenHash } from '../token/secret-token.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { claimReleasedDevice, deleteOldestDevices, findDevice, insertDevice } from './device.store.ts';
import { findClientAddresses } from './session.store.ts';

/**
 * Recognises a browser by its device cookie, one that logged out here by its looks, and any other client by its name and
 * network. A new one is told to the owner (R-SES-17). Answers the device cookie to set, or null when there is one or none is wanted.
 */
export async function noteDevice(core: UserCore, tx: Transaction, user: UserRow, caller: Caller): Promise<string | null> {
  const { origin } = caller;
  if (caller.credentials === 'token') {
    if (!(await isEarlierClient(tx, user.id, caller))) await tellOwner(core, tx, user, caller);
    return null;
  }
  if ((await knownDevice(core, tx, caller))?.userId === user.id) return null;
  const minted = mintSecretToken('device', core.host.random);
  if (await claimReleasedDevice(tx, user.id, minted.hash, origin, core.host.clock.now())) return minted.token;
  await tellOwner(core, tx, user, caller);
  return rememberDevice(core, tx, user.id);
}

/** The browser that calls, if it has logged in here before, whoever it was. */
export async function knownDevice(
  core: UserCore,
  db: Db | Transaction,
  { deviceToken }: Caller,
): Promise<{ id: string; userId: string } | null> {
  const hash = deviceToken === null ? null : secretTokenHash('device', deviceToken);
  return hash && findDevice(db, hash, core.host.clock.now());
}

/** A client without cookies is known by its name and its network: the name alone is easily borrowed from somebody's browser. */
async function isEarlierClient(tx: Transaction, userId: string, { origin }: Caller): Promise<boolean> {
  const network = clientNetwork(origin.ip);
  return (await findClientAddresses(tx, userId, origin.userAgent)).some((ip) => clientNetwork(ip) === network);
}

/** Makes a browser one that the account knows. Answers its device cookie. */
export async function rememberDevice(core: UserCore, tx: Transaction, userId: string): Promise<string> {
  const { token, hash } = mintSecretToken('device', core.host.random);
  const createdAt = core.host.clock.now();
  const expiresAt = new Date(createdAt.getTime() + core.policy.device.seconds * 1000);
  await insertDevice(tx, { id: newId(core.host), userId, tokenHash: hash, createdAt, expiresAt });
  await deleteOldestDevices(tx, userId, core.policy.device.maxPerUser);
  return token;
}

/** The very first login of an account is no news. */
async function tellOwner(core: UserCore, tx: Transaction, user: UserRow, caller: Caller): Promise<void> {
  if (user.lastLoginAt === null) return;
  await writeNotice(core, tx, { kind: 'new_device', to: user.email, content: occurrence(core, caller.origin) }, user);
}
