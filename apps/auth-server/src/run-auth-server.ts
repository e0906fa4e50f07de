import { readConfig } from './config.ts';
import { explained } from './explained.ts';
import type { FieldsObject, NoFields, ServerExtensions } from './extensions.ts';
import { isQueueOutage } from './jobs.ts';
import { createLog, type ServerLog } from './log.ts';
import { type AuthServer, startAuthServer } from './start-auth-server.ts';

/**
 * Runs the server as this process, configured by its environment, until a signal ends it: exit code 0 after a clean stop, 1
 * when it could not start or stop. What is wrong with the configuration or the database is said in one message.
 */
export async function runAuthServer<Fields extends FieldsObject = NoFields>(extensions: ServerExtensions<Fields> = {}): Promise<void> {
  const log = createLog();
  let server: AuthServer | null = null;
  let wanted = true;
  const end = async (): Promise<void> => {
    wanted = false;
    if (server) process.exit(await server.stop());
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end());
  // A bug that nobody caught may have left anything half done: the process ends in order, to be started again.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      if (isQueueOutage(error)) return wanted ? log.warn({ err: error }, 'a job could not be marked as done') : undefined;
      log.error({ err: error instanceof Error ? error : new Error(`something that is no error (${typeof error})`) }, event);
      void (server?.stop() ?? Promise.resolve()).then(() => process.exit(1));
    });
  }
  try {
    // Which fields these are matters to the application's own types alone.
    server = await startAuthServer(readConfig(), log, extensions as unknown as ServerExtensions);
  } catch (error) {
    process.stderr.write(`${explained(error) ?? unexplained(log, error)}\n`);
    process.exit(1);
  }
  if (wanted) process.stdout.write(`Latchkey is ready at ${server.url}\n`);
  else await end();
}

function unexplained(log: ServerLog, error: unknown): string {
  log.error({ err: error }, 'could not start');
  return 'Latchkey could not start; the log line above says why.';
}
