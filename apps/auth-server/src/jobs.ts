import { setTimeout as pause } from 'node:timers/promises';
import { deliverEvents, dueMails, type Jobs, purge, type UserCore } from '@latchkey/user-core';
import { sql } from 'drizzle-orm';
import { type JobHelpers, Logger, type Runner, run, runMigrations, type TaskList } from 'graphile-worker';
import { deliverMail, type MailTransport } from './deliver-mail.ts';
import type { ServerLog } from './log.ts';

// The queue's own retries are not used: a mail knows itself when it is due, also after its process was killed.
const once = sql`max_attempts := 1`;
const restartMilliseconds = 1_000;

// A job that failed is of no use any more: what it was about is due again by itself. The queue would keep it for ever.
const forgetFailedJobs = sql`select graphile_worker.complete_jobs(array(
  select id from graphile_worker.jobs where attempts >= max_attempts and locked_at is null and updated_at < now() - interval '1 hour' limit 1000))`;

/** Enqueues by SQL inside the caller's transaction: a job exists exactly when its reason does. */
export function createJobs(hasSubscribers: boolean): Jobs {
  return {
    enqueueMail: async (tx, mailId) => {
      await tx.execute(sql`select graphile_worker.add_job('deliver_mail', json_build_object('mailId', ${mailId}::text), ${once})`);
    },
    enqueueEvents: async (tx) => {
      if (hasSubscribers) await tx.execute(sql`select graphile_worker.add_job('deliver_events', ${once})`);
    },
  };
}

/** Brings the queue's own tables up to date; safe when several processes start at once. */
export async function migrateJobs(databaseUrl: string, log: ServerLog): Promise<void> {
  await runMigrations({ connectionString: databaseUrl, logger: queueLogger(log, null) });
}

/**
 * Works on mails, events and upkeep until it is stopped. The queue ends itself when the database goes away at a bad
 * moment: it is started again until that succeeds.
 */
export async function startJobs(
  core: UserCore,
  transport: MailTransport,
  databaseUrl: string,
  log: ServerLog,
): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const start = () => startRunner(databaseUrl, tasks(core, transport, log), queueLogger(log, signal));
  let runner: Runner | null = await start();

  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await runner?.promise.catch(() => undefined);
      runner = null;
      if (signal.aborted) return;
      log.error({ queue: true }, 'the job queue ended by itself and is started again');
      await pause(restartMilliseconds, undefined, { signal }).catch(() => undefined);
      runner = signal.aborted ? null : await start().catch(() => null);
    }
    await runner?.stop().catch(() => undefined);
  };
  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      // It may have ended a moment ago by itself, which it calls an error.
      await runner?.stop().catch(() => undefined);
      await watching;
    },
  };
}

function tasks(core: UserCore, transport: MailTransport, log: ServerLog): TaskList {
  const deliver = async (mailId: string, { addJob }: JobHelpers): Promise<void> => {
    const runAt = await deliverMail(core, transport, mailId, log);
    if (runAt) await addJob('deliver_mail', { mailId }, { runAt, maxAttempts: 1 });
  };
  const list: TaskList = {
    deliver_mail: async (payload, helpers) => deliver((payload as { mailId: string }).mailId, helpers),
    deliver_due_mails: async (_, helpers) => {
      for (const id of await dueMails(core, 500)) await deliver(id, helpers);
    },
    deliver_events: async () => void (await deliverEvents(core)),
    purge: async () => {
      log.info({ removed: await purge(core) }, 'purged what had expired');
      await core.db.execute(forgetFailedJobs);
    },
    rotate_signing_keys: async () => {
      if (await core.signingKeys.rotate()) log.info({}, 'made a new signing key');
    },
  };
  return Object.fromEntries(Object.entries(list).map(([name, task]) => [name, task && told(name, task, log)]));
}

type Task = NonNullable<TaskList[string]>;

/** The queue would log and store an error's message, and that may hold a statement with its values. */
function told(name: string, task: Task, log: ServerLog): Task {
  return async (payload, helpers) => {
    try {
      await task(payload, helpers);
    } catch (error) {
      log.error({ err: error, job: name }, 'a job failed');
      throw new Error('the job failed');
    }
  };
}

async function startRunner(databaseUrl: string, taskList: TaskList, logger: Logger): Promise<Runner> {
  const runner = await run({
    connectionString: databaseUrl,
    taskList,
    crontab:
      '* * * * * deliver_due_mails ?max=1\n* * * * * deliver_events ?max=1\n*/10 * * * * purge ?max=1\n17 * * * * rotate_signing_keys ?max=1',
    concurrency: 4,
    maxPoolSize: 6,
    pollInterval: 1000,
    noHandleSignals: true,
    // A transaction pooler cannot keep a prepared statement for its client.
    noPreparedStatements: true,
    // Unbatched, a finished job that cannot be reported is a rejection nobody catches, and the end of this process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger,
  });
  // What an earlier process left behind is not made to wait for the next minute.
  for (const task of ['deliver_due_mails', 'deliver_events']) await runner.addJob(task, {}, { maxAttempts: 1, jobKey: `${task}_at_start` });
  return runner;
}

/**
 * True for what the queue (graphile-worker 0.17) and its driver throw where nobody catches it, when the database goes away:
 * the one does not wait for its word that a job is done, the other reports to nobody that a connection was ended which it was
 * ending itself. Nothing is lost by it. Nobody else here uses that driver.
 */
export function isQueueOutage(error: unknown): boolean {
  return (
    error instanceof Error &&
    /graphile-worker.dist.sql.(complete|fail)Jobs|node_modules.pg(-pool|-protocol)?.(lib|dist)/.test(error.stack ?? '')
  );
}

/** Once it is told to stop, that its connections are ended is no error. */
function queueLogger(log: ServerLog, stopping: AbortSignal | null): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error' && stopping?.aborted) log.info({ queue: true }, message.split('\n')[0] ?? '');
    else if (level === 'error') log.error({ queue: true }, message.split('\n')[0] ?? '');
    else if (level === 'warning') log.warn({ queue: true }, message);
  });
}
