import { assembleUserCore, openDatabase, type UserCore } from '@latchkey/user-core';
import { readConfig } from './config.ts';
import { EmbeddedPostgresError, runningServerUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { createHost } from './host.ts';
import { createJobs, migrateJobs } from './jobs.ts';
import { createLog } from './log.ts';

/** A core for one command, configured like the server. It works beside a running server, and starts the embedded database when none runs. */
export async function openCoreForCommand(): Promise<{ core: UserCore; close(): Promise<void> }> {
  const config = readConfig();
  const log = createLog(process.stderr);
  const source = config.databaseUrl === null ? await openEmbedded(config.dataDir) : { url: config.databaseUrl, stop: async () => {} };
  const database = await openDatabase(source.url, { max: 2 });
  const close = async () => {
    await database.close();
    await source.stop();
  };
  try {
    await database.migrate();
    await migrateJobs(source.url, log);
    return { core: await assembleUserCore(createHost(config, log, createJobs(false)), database, config.policy), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openEmbedded(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  try {
    return await startEmbeddedPostgres(dataDir);
  } catch (error) {
    const url = error instanceof EmbeddedPostgresError ? runningServerUrl(dataDir) : null;
    if (url === null) throw error;
    return { url, stop: async () => {} };
  }
}
