import type { Transaction } from '../database.ts';
import type { MailedToken } from '../mail/mail.ts';
import { newId } from '../new-id.ts';
import type { Policy } from '../policy.ts';
import type { UserCore } from '../user-core.ts';
import { insertOneTimeToken } from './one-time-token.store.ts';
import type { TokenPurpose } from './one-time-token.table.ts';
import { mintSecretToken } from './secret-token.ts';

export type TokenOwner = { userId: string } | { registrationId: string };

const lifetime: Record<TokenPurpose, keyof Policy['token']> = {
  verify_email: 'verifyEmailSeconds',
  reset_password: 'resetPasswordSeconds',
  change_email: 'changeEmailSeconds',
};

/** Makes the one valid token of its owner for a purpose. Only the mail that carries it ever holds it in clear. */
export async function issueOneTimeToken(
  core: UserCore,
  tx: Transaction,
  purpose: TokenPurpose,
  owner: TokenOwner,
  email: string,
): Promise<MailedToken> {
  const { token, hash } = mintSecretToken(purpose, core.host.random);
  const createdAt = core.host.clock.now();
  const expiresAt = new Date(createdAt.getTime() + core.policy.token[lifetime[purpose]] * 1000);
  await insertOneTimeToken(tx, { id: newId(core.host), purpose, tokenHash: hash, email, createdAt, expiresAt, ...owner });
  return { token, expiresAt };
}
