/** The keys of the auth server could not be had: whether a token is good cannot be said. Answer 503, not 401. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}
