import { sql } from 'drizzle-orm';
import { isDatabaseUnavailable } from './database.ts';
import { mailBacklog } from './mail/outbox.ts';
import type { UserCore } from './user-core.ts';

const stuckMilliseconds = 10 * 60 * 1000;
const answerWithinMilliseconds = 2_000;
const toleratedSkewMilliseconds = 2_000;

/**
 * Whether a process can do its work. Mail is stuck when some has waited for ten minutes and nobody has tried to send it: an
 * address that takes no mail stops no server. `mail.dead` counts letters that were given up: an operator should look, traffic may
 * go on. A clock that differs from the database's by more than 2 seconds is reported and does not stop anything either.
 */
export type Health = {
  ready: boolean;
  database: 'ok' | 'unavailable';
  mail: { waiting: number; dead: number; stuck: boolean } | null;
  clockSkewMilliseconds: number | null;
  clockIsOff: boolean;
};

const down: Health = { ready: false, database: 'unavailable', mail: null, clockSkewMilliseconds: null, clockIsOff: false };

/** Looks at the database, the clock and the outbox. Answers within 2 seconds, and never rejects. */
export async function checkHealth(core: UserCore): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Health>((resolve) => {
    timer = setTimeout(() => resolve(down), answerWithinMilliseconds);
  });
  try {
    return await Promise.race([look(core), late]);
  } catch (error) {
    if (!isDatabaseUnavailable(error)) core.host.log.error({ err: error }, 'the health check failed');
    return down;
  } finally {
    clearTimeout(timer);
  }
}

async function look(core: UserCore): Promise<Health> {
  // Reads a table of the newest migration, so that an unmigrated database is not ready.
  const backlog = await mailBacklog(core);
  const [row] = await core.db.execute<{ now: string }>(sql`select now()::text as now`);
  const now = core.host.clock.now().getTime();
  const skew = row ? Math.abs(now - new Date(row.now).getTime()) : null;
  const clockIsOff = skew !== null && skew > toleratedSkewMilliseconds;
  if (clockIsOff) core.host.log.warn({ skewMilliseconds: skew }, "the clock differs from the database's");
  const stuck = backlog.oldestUntriedAt !== null && now - backlog.oldestUntriedAt.getTime() > stuckMilliseconds;
  return {
    ready: !stuck,
    database: 'ok',
    mail: { waiting: backlog.waiting, dead: backlog.dead, stuck },
    clockSkewMilliseconds: skew,
    clockIsOff,
  };
}
