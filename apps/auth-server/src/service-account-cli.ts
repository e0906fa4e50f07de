import { parseArgs } from 'node:util';
import {
  createServiceAccount,
  listServiceAccounts,
  Refusal,
  revokeServiceAccount,
  rotateServiceKey,
  type ServiceAccount,
  type ServiceScope,
  serviceScopes,
  type UserCore,
} from '@latchkey/user-core';

const usage = `Usage:
  npm run service-account -- create NAME [--scopes ${serviceScopes.join(',')}]
  npm run service-account -- list
  npm run service-account -- rotate NAME [--overlap-hours 24]
  npm run service-account -- revoke NAME

create   makes an account for another server and prints its key, this once. Without --scopes it may do everything above.
rotate   prints a new key; the old ones stay good for the overlap.
revoke   ends the account, its keys and the tokens made from them at once.`;

/** A command that cannot be carried out; its message is for the operator. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Carries out one command. Answers what to print. Throws a `UsageError` that says what to do instead. */
export async function runServiceAccountCommand(core: UserCore, args: string[]): Promise<string> {
  const { command, name, scopes, overlapHours } = readCommand(args);
  try {
    switch (command) {
      case 'create':
        return keyMessage(name, (await createServiceAccount(core, { name, scopes })).key);
      case 'rotate':
        return keyMessage(name, (await rotateServiceKey(core, { name, overlapSeconds: overlapHours * 3600 })).key);
      case 'revoke':
        await revokeServiceAccount(core, { name });
        return `${name} is revoked: its keys and tokens are not accepted any more.`;
      case 'list':
        return listing(await listServiceAccounts(core));
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.reason === 'not_found') throw new UsageError(`There is no service account ${name}, or it was revoked.`);
    throw new UsageError(error.fields.map(({ message }) => message).join('\n') || error.reason);
  }
}

type Command = { command: 'create' | 'list' | 'rotate' | 'revoke'; name: string; scopes: ServiceScope[]; overlapHours: number };

function readCommand(args: string[]): Command {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { scopes: { type: 'string', default: serviceScopes.join(',') }, 'overlap-hours': { type: 'string', default: '24' } },
    });
    const [command, name = '', ...more] = positionals;
    const isKnown = command === 'create' || command === 'list' || command === 'rotate' || command === 'revoke';
    if (!isKnown || more.length > 0 || (name === '') !== (command === 'list')) throw new UsageError(usage);
    const scopes = values.scopes.split(',').map((scope) => scope.trim()) as ServiceScope[];
    return { command, name, scopes, overlapHours: Number(values['overlap-hours']) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

function keyMessage(name: string, key: string): string {
  return `The key of ${name}. It is shown this once; only its hash is kept.\n\n${key}`;
}

function listing(accounts: ServiceAccount[]): string {
  if (accounts.length === 0) return 'There are no service accounts.';
  return accounts
    .map((account) => {
      const state = account.revokedAt ? `revoked ${account.revokedAt.toISOString()}` : account.scopes.join(' ');
      const keys = account.keys.map((key) => {
        const used = key.lastUsedAt ? `last used ${key.lastUsedAt.toISOString()}` : 'never used';
        return `  key ${key.id}  made ${key.createdAt.toISOString()}  ${used}${key.expiresAt ? `  ends ${key.expiresAt.toISOString()}` : ''}`;
      });
      return [`${account.name}  ${state}`, ...keys].join('\n');
    })
    .join('\n');
}
