const allowed = /^[\p{L}\p{M}\p{Nd}_.+-]{1,150}$/u;

/** The letters of a name that mix writing systems could pass for another's: one script beside common marks is allowed. */
const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u];

/**
 * A username in the form it is shown and the form it is compared. NFKC, then validate, then fold case, so that two names
 * that look the same are the same. Null when it is not 1 to 150 letters, digits or `_ . + -`.
 */
export function canonicalUsername(input: string): { username: string; canonical: string } | null {
  if (input.length > 600 || !input.isWellFormed()) return null;
  const username = input.normalize('NFKC');
  if ([...username].length > 150 || !allowed.test(username)) return null;
  if (scripts.filter((script) => script.test(username)).length > 1) return null;
  // Upper first: `ß` and `SS`, `ſ` and `s` meet.
  return { username, canonical: username.toUpperCase().toLowerCase().normalize('NFC') };
}
