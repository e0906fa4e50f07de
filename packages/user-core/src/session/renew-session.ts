import type { Transaction } from '../database.ts';
import { Refusal } from '../refusal.ts';
import { mintSecretToken } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';
import { issueTokens } from './open-session.ts';
import { type SignedIn, updateSessionSecret } from './session.store.ts';
import type { Tokens } from './session.ts';

/** The new secret of a session that goes on: a cookie, or tokens where they were withdrawn. `authenticatedAt` is its last proof. */
export type RenewedSession = { sessionToken: string | null; tokens: Tokens | null; authenticatedAt: Date };

/**
 * Gives a session a new cookie, and marks it fresh with `methods`. With `withdrawTokens` its refresh tokens are replaced
 * too; without, they stay good. Refuses with `not_authenticated` when it ended meanwhile.
 */
export async function renewSession(
  core: UserCore,
  tx: Transaction,
  me: SignedIn,
  methods: string[],
  withdrawTokens: boolean,
): Promise<RenewedSession> {
  const isCookie = me.session.tokenHash !== null;
  const secret = isCookie ? mintSecretToken('session', core.host.random) : null;
  const authenticatedAt = core.host.clock.now();
  const row = await updateSessionSecret(tx, me.session.id, { tokenHash: secret?.hash ?? null, authenticatedAt, methods, withdrawTokens });
  if (!row) throw new Refusal('not_authenticated');
  return {
    sessionToken: secret?.token ?? null,
    tokens: !isCookie && withdrawTokens ? await issueTokens(core, tx, row) : null,
    authenticatedAt,
  };
}
