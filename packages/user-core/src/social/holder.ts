import type { Caller } from '../caller.ts';
import { mintSecretToken, secretTokenHash } from '../token/secret-token.ts';
import type { UserCore } from '../user-core.ts';

/** Who holds a flow: a browser by its cookie, any other caller by a ticket. What one began the other cannot finish. */
export type Holder = {
  hash: Buffer;
  /** The cookie to set, for a browser; set again each time, so that it outlives the newest flow. */
  socialToken: string | null;
  ticket: string | null;
};

/** The holder of something new. A browser keeps one secret for all its tabs; every ticket is for one use. */
export function newHolder(core: UserCore, caller: Caller): Holder {
  if (caller.credentials === 'token') {
    const { token, hash } = mintSecretToken('social_ticket', core.host.random);
    return { hash, socialToken: null, ticket: token };
  }
  const known = holderHash(caller, null);
  if (known) return { hash: known, socialToken: caller.socialToken, ticket: null };
  const { token, hash } = mintSecretToken('social_browser', core.host.random);
  return { hash, socialToken: token, ticket: null };
}

/** Null when the caller shows nothing that could be ours, or shows it in the other's way. */
export function holderHash(caller: Caller, ticket: string | null): Buffer | null {
  if (caller.credentials === 'token') return ticket === null ? null : secretTokenHash('social_ticket', ticket);
  return caller.socialToken === null || ticket !== null ? null : secretTokenHash('social_browser', caller.socialToken);
}
