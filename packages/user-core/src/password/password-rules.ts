import type { Policy } from '../policy.ts';
import type { FieldIssue } from '../refusal.ts';
import { isGuessable } from './guessable-password.ts';

/** What a password must not be built from: the product's words and the person's own. */
export type PasswordContext = { email?: string; username?: string | null; firstName?: string; lastName?: string };

/** The form that is hashed and compared, at set and at login alike (NIST SP 800-63B-4 §3.1.1.2: NFC). */
export function normalizedPassword(password: string): string {
  return password.normalize('NFC');
}

/** False for what no stored password can be: half a character, or the NUL that some hash functions stop at. */
export function isUsablePassword(password: string): boolean {
  return password.isWellFormed() && !password.includes('\0');
}

/** Throws when a policy is below what a password as the only factor needs (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.1, 6.2.9). */
export function checkPasswordPolicy({ minLength, maxLength }: Policy['password']): void {
  if (!(minLength >= 8)) throw new Error('policy.password.minLength must be 8 or more');
  if (!(maxLength >= 64)) throw new Error('policy.password.maxLength must be 64 or more');
}

/**
 * What is wrong with a new password, in words for the person who chose it; empty when it may be used.
 * Length in code points, known passwords and words of the account: no composition rules (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2).
 */
export function passwordIssues(input: string, policy: Policy['password'], context: PasswordContext, path: string): FieldIssue[] {
  const issue = (code: string, message: string): FieldIssue[] => [{ path, code, message }];
  if (!isUsablePassword(input)) return issue('unusable_characters', 'This password holds characters that cannot be used.');
  const password = normalizedPassword(input);
  const length = [...password].length;
  if (length < policy.minLength) return issue('too_short', `Use at least ${policy.minLength} characters.`);
  if (length > policy.maxLength || Buffer.byteLength(password) > policy.maxBytes) {
    return issue('too_long', `Use at most ${policy.maxLength} characters.`);
  }
  const folded = fold(password);
  if (new Set(folded).size < 3) return issue('too_simple', 'Use more than two different characters.');
  if (isMostlyContext(folded, policy, context)) {
    return issue('personal', 'This password is little more than your name, your address or the name of this service.');
  }
  if (isGuessable(folded)) return issue('common', 'This password is among the first that a guesser tries. Choose another.');
  return [];
}

/** A password whose remainder, once a known word is taken out, is too short to protect anything. */
function isMostlyContext(folded: string, policy: Policy['password'], context: PasswordContext): boolean {
  const [local = '', domain = ''] = (context.email ?? '').split('@');
  const words = [
    local,
    context.email ?? '',
    domain.split('.')[0] ?? '',
    context.username ?? '',
    context.firstName ?? '',
    context.lastName ?? '',
  ];
  return [...words, ...policy.contextWords]
    .map(fold)
    .filter((word) => word.length >= 4)
    .some((word) => folded.includes(word) && folded.replaceAll(word, '').length < 4);
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
