import type { TestRouter } from './test-router.ts';

/** What one statement finds in the router's database, written out by the test itself: no value of a stranger is in it. */
export async function rows(router: TestRouter, statement: string): Promise<Record<string, unknown>[]> {
  return [...(await router.core.db.execute<Record<string, unknown>>(statement))];
}

/** Every audit entry about a user so far, as `event` or `event: reason`, oldest first. */
export async function audited(router: TestRouter, userId: string): Promise<string[]> {
  const found = await rows(router, `select event, reason from latchkey.audit where user_id = '${userId}' order by id`);
  return found.map(({ event, reason }) => (reason === null ? String(event) : `${event}: ${reason}`));
}

/** Every event about a user so far, oldest first. */
export async function happened(router: TestRouter, userId: string): Promise<{ type: unknown; data: unknown }[]> {
  const found = await rows(router, `select type, data from latchkey.event where user_id = '${userId}' order by id`);
  return found.map(({ type, data }) => ({ type, data }));
}

/** The kinds of everything mailed to an address so far, oldest first. */
export async function mailed(router: TestRouter, to: string): Promise<string[]> {
  return (await router.mails()).filter((mail) => mail.to === to).map((mail) => mail.kind);
}

/** Moves the end of counted windows and waits nearer; with negative seconds further off. They follow real time, not the router's clock. */
export async function passLimits(router: TestRouter, seconds: number, keyPrefix = ''): Promise<void> {
  await rows(router, `update latchkey."limit" set expire = expire - interval '${seconds} seconds' where key like '${keyPrefix}%'`);
}
