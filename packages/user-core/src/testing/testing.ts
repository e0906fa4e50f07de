import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Caller } from '../caller.ts';
import { type Database, openDatabase } from '../database.ts';
import type { Host } from '../host.ts';
import { claimMail } from '../mail/claim-mail.ts';
import { mailTable } from '../mail/mail.table.ts';
import type { Mail, MailContents, MailKind } from '../mail/mail.ts';
import { allMails } from '../mail/outbox.ts';
import { defaultPolicy, type Policy } from '../policy.ts';
import { assembleUserCore, type Extensions, type UserCore } from '../user-core.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { createTestDatabase } from './test-database.ts';

/** A core on a database of its own, with a clock to move and a trap for its mail. */
export type TestCore = {
  core: UserCore;
  database: Database;
  databaseUrl: string;
  clock: ManualClock;
  /** Everything mailed so far, oldest first. */
  mails(): Promise<Mail[]>;
  /** What the newest mail of a kind shows; throws when there is none. */
  lastMail<K extends MailKind>(kind: K, to?: string): Promise<MailContents[K]>;
  /** A second process in all but name: another pool and another core on the same database and clock, with the same secrets unless told otherwise. */
  another(secrets?: Host['secrets']): Promise<UserCore>;
  close(): Promise<void>;
};

/** What is to differ from the defaults of a core under test. */
export type TestCoreOptions = Extensions & { policy?: Partial<Policy>; secrets?: Host['secrets'] };

/** `serverUrl` names a superuser of any PostgreSQL of version 15 or newer. Hashes are cheap and limits are off unless `policy` says otherwise. */
export async function openTestCore(serverUrl: string, options: TestCoreOptions = {}): Promise<TestCore> {
  const testDatabase = await createTestDatabase(serverUrl);
  const clock = manualClock();
  const policy: Policy = {
    ...defaultPolicy,
    limitsEnabled: false,
    ...options.policy,
    password: { ...defaultPolicy.password, bcryptCost: 4, ...options.policy?.password },
  };
  const secrets: Host['secrets'] = options.secrets ?? [{ id: 'test', secret: randomBytes(32).toString('base64url') }];
  const opened: Database[] = [];
  const open = async (own = secrets): Promise<{ core: UserCore; database: Database }> => {
    const database = await openDatabase(testDatabase.url, { max: 10 });
    opened.push(database);
    return { database, core: await assembleUserCore(testHost(clock, own), database, policy, options) };
  };
  const { core, database } = await open();
  return {
    core,
    database,
    databaseUrl: testDatabase.url,
    clock,
    mails: () => mailsOf(core),
    async lastMail(kind, to) {
      const mail = (await mailsOf(core)).findLast((candidate) => candidate.kind === kind && (to === undefined || candidate.to === to));
      if (!mail) throw new Error(`no ${kind} was mailed${to === undefined ? '' : ` to ${to}`}`);
      return mail.content as MailContents[typeof kind];
    },
    another: async (own) => (await open(own)).core,
    async close() {
      for (const each of opened) await each.close();
      await testDatabase.drop();
    },
  };
}

/** What was asked to be mailed is mailed first, as the job queue of a server would do at once. */
async function mailsOf(core: UserCore): Promise<Mail[]> {
  const requests = await core.db.select({ id: mailTable.id }).from(mailTable).where(eq(mailTable.kind, 'request'));
  for (const { id } of requests) await claimMail(core, id);
  return allMails(core);
}

/** A caller as a transport would describe one; a browser unless told otherwise. */
export function testCaller(overrides: Partial<Caller> & { ip?: string; userAgent?: string } = {}): Caller {
  const { ip = '192.0.2.1', userAgent = 'Test browser', ...rest } = overrides;
  return {
    origin: { ip, userAgent, requestId: 'test-request' },
    credentials: 'cookie',
    signedIn: null,
    presented: [],
    deviceToken: null,
    browserToken: null,
    socialToken: null,
    ...rest,
  };
}

function testHost(clock: ManualClock, secrets: Host['secrets']): Host {
  return {
    clock,
    random: { bytes: (length) => randomBytes(length) },
    jobs: { enqueueMail: async () => {}, enqueueEvents: async () => {} },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    secrets,
    issuer: 'https://auth.example.test',
    threads: 8,
  };
}

export { type ManualClock, manualClock } from './manual-clock.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
