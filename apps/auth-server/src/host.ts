import { randomBytes } from 'node:crypto';
import type { Host, Jobs } from '@latchkey/user-core';
import type { Config } from './config.ts';
import type { ServerLog } from './log.ts';

/** What the core needs of this process: the one place where time and chance come from. */
export function createHost(config: Config, log: ServerLog, jobs: Jobs): Host {
  return {
    clock: { now: () => new Date() },
    random: { bytes: (length) => randomBytes(length) },
    jobs,
    log: { info: log.info.bind(log), warn: log.warn.bind(log), error: log.error.bind(log) },
    secrets: config.secrets,
    issuer: config.publicUrl,
    threads: config.threads,
  };
}
