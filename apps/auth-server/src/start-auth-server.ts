import { setTimeout as pause } from 'node:timers/promises';
import { assembleUserCore, type Database, type Host, openDatabase, recordStart } from '@latchkey/user-core';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError } from './config.ts';
import { createDemoProvider } from './demo-provider/demo-provider.ts';
import { countRequests, drain } from './drain.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import type { ServerExtensions } from './extensions.ts';
import { createHost } from './host.ts';
import { createJobs, migrateJobs, startJobs } from './jobs.ts';
import type { ServerLog } from './log.ts';
import { createMailTransport } from './mail-transport.ts';
import { createServer } from './server.ts';

/** A server that answers. `stop` finishes what runs and answers the exit code: 0 when everything stopped cleanly. */
export type AuthServer = { url: string; stop(): Promise<number> };

/** Something that was started, to be stopped before what it was built on. */
type Part = { name: string; stop: () => Promise<unknown> };

const stopWithinMilliseconds = 9_500;
/** A mail that hangs at its server is sent again after its lease: nobody waits for it. */
const jobsWithinMilliseconds = 1_000;

/** Starts everything in order; when a part cannot start, those before it are stopped again. */
export async function startAuthServer(config: Config, log: ServerLog, extensions: ServerExtensions): Promise<AuthServer> {
  const parts: Part[] = [];
  let stopping: Promise<number> | null = null;
  const stop = (): Promise<number> => {
    stopping ??= stopAll(parts, log);
    return stopping;
  };
  try {
    await startParts(config, log, extensions, parts, stop, () => stopping !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: config.publicUrl, stop };
}

async function startParts(
  config: Config,
  log: ServerLog,
  extensions: ServerExtensions,
  parts: Part[],
  stop: () => Promise<number>,
  isStopping: () => boolean,
): Promise<void> {
  if (config.isProduction && config.trustedProxies.length === 0)
    log.warn({}, 'TRUSTED_PROXIES is empty: behind a proxy all callers count as one, and share its limits');
  const databaseUrl = config.databaseUrl ?? (await startOwnDatabase(config, log, parts, stop));
  const database = await openAndMigrate(databaseUrl, log, extensions, parts);
  const policy = extensions.policy?.(config.policy) ?? config.policy;
  const host = { ...createHost(config, log, createJobs((extensions.subscribers ?? []).length > 0)), ...breachedPasswordsOf(extensions) };
  const demoProvider = config.isProduction || config.socialProviders.length > 0 ? null : createDemoProvider(config, host.random);
  const core = await assembleUserCore(host, database, policy, {
    ...extensions,
    social: {
      publicUrl: config.publicUrl,
      providers: demoProvider ? [demoProvider.settings] : config.socialProviders,
      allowPlainHttp: !config.isProduction,
    },
  });
  await recordStart(core);
  const transport = createMailTransport(config, extensions);
  parts.push({ name: 'mail', stop: async () => transport.close() });
  const jobs = await startJobs(core, transport, databaseUrl, log);
  parts.push({ name: 'jobs', stop: () => Promise.race([jobs.stop(), pause(jobsWithinMilliseconds)]) });
  const server = await createServer({ config, core, log, extensions, demoProvider, isStopping });
  const running = countRequests(server);
  parts.push({ name: 'server', stop: () => drain(server, running, config.isProduction) });
  await listen(server, config);
}

function breachedPasswordsOf({ breachedPasswords }: ServerExtensions): Pick<Host, 'breachedPasswords'> {
  return breachedPasswords ? { breachedPasswords } : {};
}

async function startOwnDatabase(config: Config, log: ServerLog, parts: Part[], stop: () => Promise<number>): Promise<string> {
  const embedded = await startEmbeddedPostgres(config.dataDir);
  // There is nothing left to serve from; whoever supervises this process starts it anew, and the database heals.
  void embedded.lost.then(async () => {
    log.error({}, 'the embedded database has ended; see postgres.log in DATA_DIR');
    await stop();
    process.exit(1);
  });
  parts.push({ name: 'embedded database', stop: () => embedded.stop() });
  if (config.isProduction)
    log.warn(
      {},
      'the embedded database survives kills and power cuts as its disk does, and has no replica: back up DATA_DIR, or use DATABASE_URL',
    );
  return embedded.url;
}

async function openAndMigrate(databaseUrl: string, log: ServerLog, extensions: ServerExtensions, parts: Part[]): Promise<Database> {
  const database = await openDatabase(databaseUrl);
  parts.push({ name: 'database', stop: () => database.close() });
  await database.migrate();
  await migrateJobs(databaseUrl, log);
  await extensions.migrate?.(databaseUrl);
  return database;
}

async function listen(server: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE') throw new ConfigError([`PORT ${port} is in use by another program: stop that, or choose another`]);
    if (code === 'EACCES') throw new ConfigError([`PORT ${port} may not be used by this user: choose one above 1023`]);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new ConfigError(['HOST is not an address of this machine']);
    throw error;
  }
}

/** Stops taking requests, finishes those that run, then stops what they needed. */
async function stopAll(parts: Part[], log: ServerLog): Promise<number> {
  const deadline = setTimeout(() => {
    log.error({}, 'stopping took too long');
    process.exit(1);
  }, stopWithinMilliseconds);
  deadline.unref();
  let code = 0;
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      log.error({ err: error, part: part.name }, 'a part did not stop cleanly');
      code = 1;
    }
  }
  return code;
}
