/** The database could not be asked, or did not answer: nothing is broken, and the caller may try again. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly code: 'CONNECTION_LOST' | 'POOL_FULL' | 'POOL_WAIT' | 'POOL_CLOSED' | 'DEADLINE';

  constructor(code: DatabaseUnavailableError['code']) {
    super(`the database is not available (${code})`);
    this.code = code;
  }
}
