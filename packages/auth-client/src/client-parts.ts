import type { IdentityWatch } from './identity.ts';
import type { TokenKeeper } from './tokens/token-keeper.ts';

type Parts = { identity: IdentityWatch; keeper: TokenKeeper | null };

/** A client is a proxy that answers to every name with a procedure: what else it is made of stands beside it. */
const partsOfClients = new WeakMap<object, Parts>();

export function rememberParts(client: object, parts: Parts): void {
  partsOfClients.set(client, parts);
}

export function partsOf(client: object): Parts {
  const parts = partsOfClients.get(client);
  if (!parts) throw new Error('this is not a client of createAuthClient');
  return parts;
}
