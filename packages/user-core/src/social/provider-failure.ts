/**
 * A provider did not do what was asked, or said what cannot be believed. `problem` is in our words and may be logged: what
 * the provider itself said never is (R-SOC-15).
 */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly problem: string;
  /** An ID token is at fault, whoever brought it. */
  readonly isOfToken: boolean;

  constructor(problem: string, { isOfToken = false } = {}) {
    super(problem);
    this.problem = problem;
    this.isOfToken = isOfToken;
  }
}
