import { pino } from 'pino';

/**
 * Structured logs without secrets: of an error only its type, message, code and frames. A failed query's own message holds
 * the statement and its parameters, so it is replaced by the database's.
 */
export function createLog(destination?: NodeJS.WritableStream) {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: safeError } };
  return destination ? pino(options, destination) : pino(options);
}

export type ServerLog = ReturnType<typeof createLog>;

function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause instanceof Error ? error.cause : null;
  const shown = isQueryError(error) && cause ? cause : error;
  const { code, constraint_name: constraint } = shown as { code?: unknown; constraint_name?: unknown };
  return {
    type: error.name,
    message: isQueryError(error) && !cause ? 'a query failed' : shown.message,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    frames: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim()),
  };
}

function isQueryError(error: Error): boolean {
  return error.message.startsWith('Failed query');
}
