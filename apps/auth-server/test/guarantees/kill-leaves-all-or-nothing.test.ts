import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Answer } from '../browser.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../database-proxy.ts';
import { newPerson, type Person, signedInPerson } from '../person.ts';
import { startTestServer, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

/** Every point of every act with KILLS=all; otherwise one somewhere in its middle and the one at its end. */
const isThorough = process.env['KILLS'] === 'all';
const origin = 'http://localhost';
const env = { SECRET: 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1', PUBLIC_URL: origin };

let database: TestDatabase;
let proxy: DatabaseProxy;
let sql: postgres.Sql;
let server: TestServer;

const start = async () => {
  server = await startTestServer({ databaseUrl: proxy.url, env });
};

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  proxy = await openDatabaseProxy(database.url);
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await start();
});
afterAll(async () => {
  await server.kill();
  await proxy.close();
  await sql.end();
  await database.drop();
});

/** How many rows there are of each kind, for one person. */
async function rowsOf(email: string): Promise<Record<string, number>> {
  const [row] = await sql`
    with person as (select id from latchkey."user" where email_canonical = ${email})
    select
      (select count(*) from person)::int as users,
      (select count(*) from latchkey.registration where email_canonical = ${email})::int as registrations,
      (select count(*) from latchkey.one_time_token where email = ${email} or user_id in (select id from person))::int as tokens,
      (select count(*) from latchkey.session where user_id in (select id from person) and ended_at is null)::int as sessions,
      (select count(*) from latchkey.mail)::int as mails,
      (select count(*) from latchkey.event)::int as events,
      (select count(*) from latchkey.audit where event <> 'config_start')::int as records`;
  return row as Record<string, number>;
}

type Act = {
  /** Gets somebody to the point where the act can be done. */
  prepare(): Promise<{ person: Person; call: () => Promise<Answer<unknown>> }>;
  /** What the act changes, in rows; nothing else may have changed, and not these in part. */
  changes: Record<string, number>;
  /** What is good afterwards: when it was done, and when it was not. */
  done(person: Person): Promise<void>;
  undone(person: Person, call: () => Promise<Answer<unknown>>): Promise<void>;
};

const newPassword = 'another fine pass phrase';
const logIn = async ({ email }: Person, password: string) =>
  (await newPerson(server.url, origin).browser.call<{ status: string } | null>('auth.login', { identifier: email, password })).data?.status;
const again = async (_: Person, call: () => Promise<Answer<unknown>>) => expect((await call()).status).toBe(200);
const isOut = async ({ browser }: Person) => expect((await browser.query('auth.session')).data).toBeNull();

async function registered(): Promise<Person> {
  const person = newPerson(server.url, origin);
  const { browser, email, username, password } = person;
  await browser.call('registration.register', { email, username, password });
  return person;
}

const acts: Record<string, Act> = {
  'registration.register': {
    async prepare() {
      const person = newPerson(server.url, origin);
      const { email, username, password } = person;
      return { person, call: () => on(person).call('registration.register', { email, username, password }) };
    },
    changes: { registrations: 1, tokens: 1, mails: 1, records: 1 },
    done: async (person) => void expect(await on(person).mailedToken('verify-email', person.email)).toMatch(/^lkv_/),
    undone: again,
  },
  'registration.verifyEmail': {
    async prepare() {
      const person = await registered();
      const token = await person.browser.mailedToken('verify-email', person.email);
      return { person, call: () => on(person).call('registration.verifyEmail', { token, password: person.password }) };
    },
    changes: { users: 1, registrations: -1, tokens: -1, sessions: 1, events: 3, records: 2 },
    done: async (person) => void expect(await logIn(person, person.password)).toBe('authenticated'),
    undone: again,
  },
  'password.confirmReset': {
    async prepare() {
      const person = await signedInPerson(server.url, origin);
      await person.browser.call('password.requestReset', { email: person.email });
      const token = await person.browser.mailedToken('reset-password', person.email);
      return { person, call: () => on(person).call('password.confirmReset', { token, newPassword }) };
    },
    changes: { tokens: -1, sessions: -1, mails: 1, events: 2, records: 2 },
    async done(person) {
      await isOut(person);
      expect(await logIn(person, person.password)).toBeUndefined();
      expect(await logIn(person, newPassword)).toBe('authenticated');
    },
    undone: again,
  },
  'password.change': {
    async prepare() {
      const person = await signedInPerson(server.url, origin);
      return { person, call: () => on(person).call('password.change', { currentPassword: person.password, newPassword }) };
    },
    changes: { mails: 1, events: 1, records: 1 },
    async done(person) {
      expect(await logIn(person, person.password)).toBeUndefined();
      expect(await logIn(person, newPassword)).toBe('authenticated');
    },
    undone: again,
  },
  'auth.deleteUser': {
    async prepare() {
      const person = await signedInPerson(server.url, origin);
      return { person, call: () => on(person).call('auth.deleteUser') };
    },
    changes: { users: -1, sessions: -1, mails: 1, events: 2, records: 1 },
    async done(person) {
      await isOut(person);
      expect(await logIn(person, person.password)).toBeUndefined();
    },
    undone: again,
  },
  'auth.refresh': {
    async prepare() {
      const person = await signedInPerson(server.url, origin);
      const headers = { 'x-latchkey-credentials': 'token' };
      const login = await newPerson(server.url, origin).browser.call<{ tokens: { refreshToken: string } }>(
        'auth.login',
        { identifier: person.email, password: person.password },
        headers,
      );
      const { refreshToken } = login.data.tokens;
      return { person, call: () => on(newPerson(server.url, origin)).call('auth.refresh', { refreshToken }) };
    },
    changes: {},
    // Whether or not it was replaced, its owner gets the next one.
    done: async () => undefined,
    undone: again,
  },
};

/** The same person's browser, asking the server that runs now. */
function on({ browser }: Person) {
  const now = newPerson(server.url, origin).browser;
  for (const [name, value] of browser.cookies) now.cookies.set(name, value);
  return now;
}

test.each(Object.keys(acts))(
  'a server killed anywhere in %s has done all of it or nothing (R-OPS-01)',
  { timeout: isThorough ? 900_000 : 120_000 },
  async (name) => {
    const act = acts[name] as Act;
    const counted = await act.prepare();
    const messages = proxy.count();
    expect((await counted.call()).status).toBe(200);
    const length = messages();
    const middle = 1 + Math.floor(Math.random() * (length - 1));
    const points = isThorough ? Array.from({ length }, (_, index) => index + 1) : [middle, length];
    for (const point of points) {
      for (const last of isThorough ? (['is lost', 'arrives'] as const) : ([point === length ? 'arrives' : 'is lost'] as const)) {
        const { person, call } = await act.prepare();
        const before = await rowsOf(person.email);
        const reached = proxy.freezeAfter(point, last);
        const answer = call().catch(() => null);
        await Promise.race([reached, answer]);
        await server.kill();
        proxy.restore();
        const isAnswered = (await answer)?.status === 200;
        const difference = await settled(person.email, before);
        const isDone = Object.keys(difference).length > 0;
        const at = `${name} killed at ${point} of ${length}, which ${last}`;
        if (isDone || Object.keys(act.changes).length === 0) expect([at, difference]).toEqual([at, act.changes]);
        if (isAnswered) expect([at, difference]).toEqual([at, act.changes]);
        await start();
        // The grace in which a client that lost the answer may ask again.
        await sql`update latchkey.session set refreshed_at = now() where refreshed_at is not null`;
        if (isDone) await act.done({ ...person, browser: on(person) });
        else await act.undone(person, call);
      }
    }
  },
);

/** What has changed, once the database has noticed that nobody is there any more. */
async function settled(email: string, before: Record<string, number>): Promise<Record<string, number>> {
  const theirs = () => sql`select from pg_stat_activity where datname = current_database() and application_name = 'latchkey'`;
  await until(async () => (await theirs()).length === 0);
  const after = await rowsOf(email);
  return Object.fromEntries(
    Object.entries(after).flatMap(([kind, count]) => (count === before[kind] ? [] : [[kind, count - (before[kind] ?? 0)]])),
  );
}
