import {
  type ClaimedMail,
  claimMail,
  deliverEvents,
  dueMails,
  type Jobs,
  type Mail,
  markMailSent,
  postponeMail,
  purge,
  type UserCore,
} from '@latchkey/user-core';
import { sql } from 'drizzle-orm';
import { Logger, type Runner, run, runMigrations, type TaskList } from 'graphile-worker';
import type { ServerLog } from './log.ts';

/** Hands a mail over to whoever carries it. `isPermanent` errors are not worth another attempt. */
export type MailTransport = {
  deliver(id: string, mail: Mail): Promise<void>;
  isPermanent(error: unknown): boolean;
  /** True for the development mailbox, which is read from the sent mails. */
  keepsContent: boolean;
};

// The queue's own retries are not used: a mail knows itself when it is due, also after its process was killed.
const once = sql`max_attempts := 1`;

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
  await runMigrations({ connectionString: databaseUrl, logger: queueLogger(log) });
}

/** Works on mails, events and upkeep until it is stopped. */
export async function startJobs(core: UserCore, transport: MailTransport, databaseUrl: string, log: ServerLog): Promise<Runner> {
  const deliver = async (mailId: string): Promise<void> => {
    const claimed = await claimMail(core, mailId);
    if (claimed) await attempt(core, transport, claimed, log);
  };
  const taskList: TaskList = {
    deliver_mail: async (payload) => deliver((payload as { mailId: string }).mailId),
    deliver_due_mails: async () => {
      for (const id of await dueMails(core, 500)) await deliver(id);
    },
    deliver_events: async () => {
      await deliverEvents(core);
    },
    purge: async () => {
      log.info({ removed: await purge(core) }, 'purged what had expired');
      await core.db.execute(forgetFailedJobs);
    },
    rotate_signing_keys: async () => {
      if (await core.signingKeys.rotate()) log.info({}, 'made a new signing key');
    },
  };
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
    logger: queueLogger(log),
  });
  // What an earlier process left behind is not made to wait for the next minute.
  for (const task of ['deliver_due_mails', 'deliver_events']) await runner.addJob(task, {}, { maxAttempts: 1, jobKey: `${task}_at_start` });
  return runner;
}

/**
 * True for what the queue (graphile-worker 0.17) throws where nobody catches it: it does not wait for its own word that a job
 * is done, and the database may be away just then. Nothing is lost by it.
 */
export function isQueueOutage(error: unknown): boolean {
  return error instanceof Error && /graphile-worker.dist.sql.(complete|fail)Jobs/.test(error.stack ?? '');
}

async function attempt(core: UserCore, transport: MailTransport, claimed: ClaimedMail, log: ServerLog): Promise<void> {
  try {
    await transport.deliver(claimed.id, claimed.mail);
  } catch (error) {
    const nextAttemptAt = await postponeMail(core, claimed, transport.isPermanent(error));
    log.warn(
      { err: error, mailId: claimed.id, kind: claimed.mail.kind, attempts: claimed.attempts, nextAttemptAt },
      'a mail could not be sent',
    );
    if (nextAttemptAt) {
      const payload = sql`json_build_object('mailId', ${claimed.id}::text)`;
      await core.db.execute(
        sql`select graphile_worker.add_job('deliver_mail', ${payload}, run_at := ${nextAttemptAt.toISOString()}::timestamptz, ${once})`,
      );
    }
    return;
  }
  await markMailSent(core, claimed.id, transport.keepsContent);
}

function queueLogger(log: ServerLog): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error') log.error({ queue: true }, message);
    else if (level === 'warning') log.warn({ queue: true }, message);
  });
}
