/** Who somebody is at a provider. Addresses and names change hands there: they identify nobody (R-SOC-06). */
export type Identity = { provider: string; issuer: string; subject: string };

export type PersonName = { firstName: string; lastName: string };

/** Somebody who came back from a provider: the identity, checked, and what the provider told of them. */
export type Arrival = PersonName &
  Identity & {
    /** An address we accept (NFC, as given); null when there is none. */
    email: string | null;
    /** True only when the provider says in so many words that it verified the address, and may be believed. */
    isEmailVerified: boolean;
    username: string | null;
    /** The provider's tokens, sealed; null unless the configuration asks for them. */
    sealedTokens: string | null;
  };

/** What a registration that waits for its mail will connect, once the browser that began it proves the address. */
export type PendingIdentity = Identity & Pick<Arrival, 'email' | 'sealedTokens'>;

/** Sealed tokens open for their identity only. */
export function identityKey({ provider, issuer, subject }: Identity): string {
  return JSON.stringify([provider, issuer, subject]);
}
