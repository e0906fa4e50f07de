/** The built-in PostgreSQL cannot run. The message is written for the person who started the server. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
