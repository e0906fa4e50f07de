import { randomBytes } from 'node:crypto';
import { assembleUserCore, type Database, openDatabase, WrongRootSecretError } from '@latchkey/user-core';
import { type Config, ConfigError, readConfig } from './config.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './embedded-postgres.ts';
import { createJobs, migrateJobs, startJobs } from './jobs.ts';
import { createLog } from './log.ts';
import { createMailTransport } from './mail-transport.ts';
import { createServer } from './server.ts';

const log = createLog();
const stopWithinMilliseconds = 9_500;

/** What has been started, to be stopped in the opposite order. */
const running: { name: string; stop: () => Promise<unknown> }[] = [];
let stopping: Promise<number> | null = null;

try {
  await start(readConfig(process.env));
} catch (error) {
  const code = await stop();
  process.stderr.write(`${explained(error)}\n`);
  process.exit(code === 0 ? 1 : code);
}

async function start(config: Config): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop().then((code) => process.exit(code)));
  const databaseUrl = config.databaseUrl ?? (await startOwnDatabase(config));
  const database = await openAndMigrate(databaseUrl);
  const clock = { now: () => new Date() };
  const core = await assembleUserCore(
    {
      clock,
      random: { bytes: (length) => randomBytes(length) },
      jobs: createJobs(false),
      log: { info: log.info.bind(log), warn: log.warn.bind(log), error: log.error.bind(log) },
      secrets: config.secrets,
      issuer: config.publicUrl,
      threads: config.threads,
    },
    database,
    config.policy,
  );
  const transport = createMailTransport(config);
  running.push({ name: 'mail', stop: async () => transport.close() });
  const jobs = await startJobs(core, transport, databaseUrl, log);
  running.push({ name: 'jobs', stop: () => jobs.stop() });
  const server = await createServer({ config, core, log, isStopping: () => stopping !== null });
  running.push({ name: 'server', stop: () => server.close() });
  await server.listen({ host: config.host, port: config.port });
  process.stdout.write(`Latchkey is ready at ${config.publicUrl}\n`);
}

async function startOwnDatabase(config: Config): Promise<string> {
  const embedded = await startEmbeddedPostgres(config.dataDir);
  running.push({ name: 'embedded database', stop: () => embedded.stop() });
  if (config.isProduction)
    log.warn({}, 'the embedded database survives a killed process; a power cut may cost the last commits: use DATABASE_URL');
  return embedded.url;
}

async function openAndMigrate(databaseUrl: string): Promise<Database> {
  const database = await openDatabase(databaseUrl);
  running.push({ name: 'database', stop: () => database.close() });
  await database.migrate();
  await migrateJobs(databaseUrl, log);
  return database;
}

/** Stops taking requests, finishes those that run, then stops what they needed. Answers the exit code. */
function stop(): Promise<number> {
  stopping ??= stopAll();
  return stopping;
}

async function stopAll(): Promise<number> {
  const deadline = setTimeout(() => {
    log.error({}, 'stopping took too long');
    process.exit(1);
  }, stopWithinMilliseconds);
  deadline.unref();
  let code = 0;
  for (const part of running.reverse()) {
    try {
      await part.stop();
    } catch (error) {
      log.error({ err: error, part: part.name }, 'a part did not stop cleanly');
      code = 1;
    }
  }
  return code;
}

function explained(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError || error instanceof WrongRootSecretError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'EADDRINUSE') return 'The port is in use by another program: stop that, or set PORT.';
  if (code === 'EACCES') return 'The port may not be used by this user: set PORT to one above 1023.';
  if (code === '28P01' || code === '28000' || code === '3D000') return `DATABASE_URL is refused by the server: ${message}`;
  if (code && /^(ECONN|ENOTFOUND|CONNECT_TIMEOUT|EAI_AGAIN)/.test(code)) return `DATABASE_URL cannot be reached (${code}).`;
  log.error({ err: error }, 'could not start');
  return 'Latchkey could not start; the log line above says why.';
}

process.on('unhandledRejection', (error) => {
  log.error({ err: error }, 'unhandled rejection');
  void stop().then(() => process.exit(1));
});
