import { WrongRootSecretError } from '@latchkey/user-core';
import { ConfigError } from './config.ts';
import { EmbeddedPostgresError } from './embedded-postgres.ts';

/** What an operator can do about an error at start; null for what only the log can tell. */
export function explained(error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError || error instanceof WrongRootSecretError) return error.message;
  // A failed query names its statement; what the database said is its cause.
  const said = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = said as { code?: string; message?: string };
  if (code === '28P01' || code === '28000' || code === '3D000') return `DATABASE_URL is refused by the server: ${message}`;
  if (code && /^(ECONN|ENOTFOUND|CONNECT_TIMEOUT|EAI_AGAIN)/.test(code)) return `DATABASE_URL cannot be reached (${code}).`;
  return null;
}
