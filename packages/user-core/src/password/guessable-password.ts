import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Longer ones are long enough, and estimating them takes longer. */
const longest = 24;
/** Fewer than the limits on guessing let through within a year. */
const tooFewGuesses = 100_000;

// Few ways to write a letter by a sign: with all of them an estimate may take a tenth of a second, with these a millisecond.
const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: 4 });

/**
 * True for a password that is on every guesser's list, or made of what is: rows of keys, sequences, repetitions, years, words
 * with signs for letters (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2.4). What is composed by a person's own mind is not.
 */
export function isGuessable(password: string): boolean {
  return password.length <= longest && estimator.check(password).guesses < tooFewGuesses;
}
