import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../new-id.ts';
import { openTestCore, type TestCore } from '../testing/testing.ts';
import { claimMail } from './claim-mail.ts';
import { dueMails, mailBacklog, markMailSent, postponeMail, writeMail } from './outbox.ts';

let testCore: TestCore;

beforeAll(async () => {
  testCore = await openTestCore(inject('databaseUrl'));
});
afterAll(() => testCore.close());

/** A mail that is due at once. */
async function newMail(): Promise<string> {
  const { core } = testCore;
  const before = new Set(await dueMails(core, 500));
  const mail = {
    kind: 'account_deleted',
    to: 'ada@example.com',
    content: { occurredAt: core.host.clock.now(), ip: null, userAgent: null },
  } as const;
  await core.db.transaction((tx) => writeMail(core, tx, mail, null));
  const [id = ''] = (await dueMails(core, 500)).filter((due) => !before.has(due));
  return id;
}

test('of any number of processes one gets a mail, for a minute, and the next one after it (R-OPS-01)', async () => {
  const { core, clock } = testCore;
  const other = await testCore.another();
  const id = await newMail();
  const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => claimMail(index % 2 === 0 ? core : other, id)));
  expect(claims.filter((claim) => claim !== null)).toMatchObject([{ id, attempts: 1, mail: { to: 'ada@example.com' } }]);
  clock.advance(59);
  expect(await claimMail(other, id)).toBeNull();
  clock.advance(2);
  expect(await dueMails(core, 500)).toEqual([id]);
  expect(await claimMail(other, id)).toMatchObject({ attempts: 2 });
  await markMailSent(core, id, false);
  clock.advance(61);
  expect(await claimMail(core, id)).toBeNull();
});

test('a mail that fails waits 2, 4, 8 … 60 seconds, and is given up after a day, for an operator to see (R-OPS-01)', async () => {
  const { core, clock } = testCore;
  const id = await newMail();
  const fail = async () => {
    const claimed = await claimMail(core, id);
    if (!claimed) throw new Error('a mail whose wait is over is due');
    return postponeMail(core, claimed, false);
  };
  for (const seconds of [2, 4, 8, 16, 32, 60, 60, 60]) {
    const next = await fail();
    expect(((next?.getTime() ?? 0) - clock.now().getTime()) / 1000).toBe(seconds);
    clock.advance(seconds - 1);
    expect(await claimMail(core, id)).toBeNull();
    clock.advance(1);
  }
  clock.advance(24 * 3600 - 300);
  expect(await fail()).not.toBeNull();
  clock.advance(301);
  expect(await fail()).toBeNull();
  expect(await mailBacklog(core)).toEqual({ waiting: 0, dead: 1, oldestUntriedAt: null });
  clock.advance(3600);
  expect(await claimMail(core, id)).toBeNull();
});

test('a mail that was refused for good is given up at once (R-OPS-01)', async () => {
  const { core } = testCore;
  const claimed = await claimMail(core, await newMail());
  if (!claimed) throw new Error('a new mail is due');
  expect(await postponeMail(core, claimed, true)).toBeNull();
  expect(await mailBacklog(core)).toMatchObject({ waiting: 0, dead: 2 });
});

test('no mail is left of a transaction that was rolled back, and its words are gone once it was sent (R-OPS-01)', async () => {
  const { core } = testCore;
  const mail = {
    kind: 'verify_email',
    to: 'ada@example.com',
    content: { token: newId(core.host), expiresAt: core.host.clock.now() },
  } as const;
  await expect(
    core.db.transaction(async (tx) => {
      await writeMail(core, tx, mail, null);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  expect(await dueMails(core, 500)).toEqual([]);
  const id = await newMail();
  await markMailSent(core, id, false);
  expect(await core.db.execute(`select sealed from latchkey.mail where id = '${id}'`)).toMatchObject([{ sealed: null }]);
});
