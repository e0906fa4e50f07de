import type { Caller } from '../caller.ts';
import type { Transaction } from '../database.ts';
import { occurrence, writeMail } from '../mail/outbox.ts';
import { newId } from '../new-id.ts';
import { mintSecretToken, secretTokenHash } from '../token/secret-token.ts';
import type { UserRow } from '../user/user.table.ts';
import type { UserCore } from '../user-core.ts';
import { claimReleasedDevice, deleteOldestDevices, findDevice, insertDevice } from './device.store.ts';
import { findEarlierClient } from './session.store.ts';

/**
 * Recognises a browser by its device cookie, one that logged out here by its looks, and any other client by its name. A new
 * one is told to the owner (R-SES-17). Answers the device cookie to set, or null when there is one or none is wanted.
 */
export async function noteDevice(core: UserCore, tx: Transaction, user: UserRow, caller: Caller): Promise<string | null> {
  const now = core.host.clock.now();
  const { origin } = caller;
  if (caller.credentials === 'token') {
    if (!(await findEarlierClient(tx, user.id, origin.userAgent))) await tellOwner(core, tx, user, caller);
    return null;
  }
  const hash = caller.deviceToken === null ? null : secretTokenHash('device', caller.deviceToken);
  const device = hash && (await findDevice(tx, hash, now));
  if (device && device.userId === user.id) return null;

  const minted = mintSecretToken('device', core.host.random);
  if (await claimReleasedDevice(tx, user.id, minted.hash, origin, now)) return minted.token;
  await tellOwner(core, tx, user, caller);
  return rememberDevice(core, tx, user.id);
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
  await writeMail(core, tx, { kind: 'new_device', to: user.email, content: occurrence(core, caller.origin) }, user.id);
}
