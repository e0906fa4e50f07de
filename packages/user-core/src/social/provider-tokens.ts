import type { UserCore } from '../user-core.ts';
import type { ProviderTokens } from './exchange-code.ts';
import { identityKey } from './identity.ts';
import { findSocialAccountsOf } from './social-account.store.ts';

/** A provider's own tokens, as it gave them when the person last came from it. */
export type KeptTokens = {
  providerAccountId: string;
  accessToken: string;
  refreshToken: string | null;
  /** Null when the provider did not say. */
  expiresAt: Date | null;
};

/**
 * What a person's connected accounts at a provider brought along, for an application that acts there in their name. Empty
 * unless the configuration keeps tokens of that provider (R-SOC-16).
 */
export async function providerTokens(core: UserCore, userId: string, provider: string): Promise<KeptTokens[]> {
  const rows = await findSocialAccountsOf(core.db, userId);
  return rows.flatMap((row) => {
    const text = row.provider === provider && row.sealedTokens ? core.keys.open('social-token', row.sealedTokens, identityKey(row)) : null;
    if (text === null) return [];
    const tokens = JSON.parse(text) as ProviderTokens & { received_at: string };
    const expiresAt = tokens.expires_in === undefined ? null : new Date(Date.parse(tokens.received_at) + tokens.expires_in * 1000);
    return [{ providerAccountId: row.subject, accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? null, expiresAt }];
  });
}
