import type { FieldIssue } from '../refusal.ts';

/** Starts with a letter, digit or sign of ours: a leading mark would attach itself to whatever stands before the name. */
const allowed = /^(?!\p{M})[\p{L}\p{M}\p{Nd}_.+-]+$/u;
/** Letters and marks that show nothing: with one of them, two names that look the same would be two. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;
const maxLength = 150;

/** The letters of a name that mix writing systems could pass for another's: one script beside common marks is allowed. */
const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u];

/**
 * A username in the form it is shown and the form it is compared. NFKC, then validate, then fold case, so that two names
 * that look the same are the same. Null when it is not 1 to 150 letters, digits or `_ . + -`.
 */
export function canonicalUsername(input: string): { username: string; canonical: string } | null {
  if (input.length > 600 || !input.isWellFormed()) return null;
  const username = input.normalize('NFKC');
  const canonical = foldCase(username);
  if (!isSpelled(username) || !isSpelled(canonical) || mixesScripts(username) || mixesScripts(canonical)) return null;
  return { username, canonical };
}

/** What is wrong with a username, in words for the person who chose it; null when it may be used. */
export function usernameIssue(input: string): FieldIssue | null {
  if (canonicalUsername(input)) return null;
  const username = input.slice(0, 600).normalize('NFKC');
  if (isSpelled(username) && mixesScripts(username))
    return { path: 'username', code: 'mixed_scripts', message: 'Use letters of one alphabet for a username.' };
  return { path: 'username', code: 'invalid_username', message: 'Use 1 to 150 letters, digits or _ . + - for a username.' };
}

/** Upper in between: `ß`, `ẞ` and `SS` meet, and `ſ` and `s`. */
function foldCase(name: string): string {
  return name.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}

function isSpelled(name: string): boolean {
  return [...name].length <= maxLength && allowed.test(name) && !invisible.test(name);
}

function mixesScripts(name: string): boolean {
  return scripts.filter((script) => script.test(name)).length > 1;
}
