import { z } from 'zod';

/** What a provider tells of somebody. `subject` never changes hands; nothing else may be relied on. */
export type Profile = {
  subject: string;
  email: string | null;
  /** True only where the provider itself verified the address and says so. */
  isEmailVerified: boolean;
  username: string | null;
  firstName: string;
  lastName: string;
};

/** An id as text. Anything else, and anything longer, is no id; half a surrogate pair would be stored as any other half. */
export const subject = z.union([z.string().regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u), z.int().transform(String)]);

/** A text that may be missing; what is no text counts as missing. */
export const optionalText = z.string().nullable().catch(null).default(null);

/** A flag is `true` and nothing else: "true", "false" and 1 are no assertion (R-SOC-08). */
export const flag = z
  .unknown()
  .transform((value) => value === true)
  .default(false);

const claims = z.object({
  sub: subject,
  email: optionalText,
  email_verified: flag,
  preferred_username: optionalText,
  given_name: optionalText,
  family_name: optionalText,
  name: optionalText,
});

/** The standard claims (OpenID Connect Core §5.1). */
export function standardProfile(told: unknown): Profile {
  const { sub, email, email_verified, preferred_username, given_name, family_name, name } = claims.parse(told);
  const names =
    given_name === null && family_name === null ? splitName(name) : { firstName: given_name ?? '', lastName: family_name ?? '' };
  return { subject: sub, email, isEmailVerified: email_verified, username: preferred_username, ...names };
}

/** A name in one piece: its last word is taken for the family's. Only ever a suggestion. */
export function splitName(name: string | null): { firstName: string; lastName: string } {
  const words = (name ?? '').trim().split(/\s+/);
  const lastName = words.length > 1 ? (words.pop() ?? '') : '';
  return { firstName: words.join(' '), lastName };
}
