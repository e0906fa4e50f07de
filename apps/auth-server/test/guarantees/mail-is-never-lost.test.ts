import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openDatabaseProxy } from '../database-proxy.ts';
import { type MailSink, openMailSink } from '../mail-sink.ts';
import { newPerson } from '../person.ts';
import { post, send } from '../send.ts';
import { freePort, startTestServer, startTwoServers, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

const secret = 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1';
let database: TestDatabase;
let sql: postgres.Sql;
let sink: MailSink;
const servers: TestServer[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  sink = await openMailSink();
});
afterEach(async () => {
  sink.release();
  for (const server of servers.splice(0)) await server.kill();
  await sink.close();
  await sql.end();
  await database.drop();
});

async function start(smtpUrl = sink.url, databaseUrl = database.url): Promise<TestServer> {
  const env = { SECRET: secret, SMTP_URL: smtpUrl, MAIL_FROM: 'no-reply@example.test' };
  const server = await startTestServer({ databaseUrl, env });
  servers.push(server);
  return server;
}

async function register({ url }: TestServer): Promise<string> {
  const { email, password } = newPerson('');
  const answer = await post(url, 'registration.register', { json: { email, password } });
  expect(answer.status).toBe(200);
  return email;
}

const receivedBy = (email: string) => sink.mails.filter(({ to }) => to === email);
const mailState = async ({ url }: TestServer) => JSON.parse((await send(url, '/readyz')).text).mail;

test('a mail server that is away delays no answer, and gets everything once it is back (R-OPS-01)', async () => {
  const port = await freePort();
  const server = await start(`smtp://127.0.0.1:${port}`);
  const emails = [await register(server), await register(server), await register(server)];
  await until(async () => (await sql`select from latchkey.mail where attempts > 0`).length === 3);
  expect(await mailState(server)).toEqual({ waiting: 3, dead: 0, stuck: false });
  expect((await send(server.url, '/readyz')).status).toBe(200);
  const back = await openMailSink(port);
  // The waits after the failed attempts, which double, are over.
  await sql`update latchkey.mail set next_attempt_at = now()`;
  await sql`select graphile_worker.add_job('deliver_due_mails')`;
  await until(() => back.mails.length >= 3);
  await until(async () => (await mailState(server)).waiting === 0);
  expect(back.mails.map(({ to }) => to).toSorted()).toEqual(emails.toSorted());
  await back.close();
});

test('a server that says "later" is asked again, one that says "no" is not, and that shows (R-OPS-01)', async () => {
  const server = await start();
  sink.behave('later');
  const patient = await register(server);
  await until(() => receivedBy(patient).length === 1);
  sink.behave('accept');
  await until(async () => (await sql`select from latchkey.mail where sent_at is not null`).length === 1, 40);
  expect(receivedBy(patient)).toHaveLength(2);

  sink.behave('refuse');
  const refused = await register(server);
  await until(async () => (await mailState(server)).dead === 1);
  expect((await send(server.url, '/readyz')).status).toBe(200);
  sink.behave('accept');
  await sql`select graphile_worker.add_job('deliver_due_mails')`;
  const next = await register(server);
  await until(() => receivedBy(next).length === 1);
  await until(async () => (await mailState(server)).waiting === 0);
  expect(await mailState(server)).toMatchObject({ dead: 1 });
  expect(receivedBy(refused)).toHaveLength(1);
});

test('nothing is sent for what was rolled back (R-OPS-01)', async () => {
  const server = await start();
  await sql`alter table latchkey.audit add constraint broken check (false) not valid`;
  const { email, password } = newPerson('');
  expect((await post(server.url, 'registration.register', { json: { email, password } })).status).toBe(500);
  await sql`alter table latchkey.audit drop constraint broken`;
  const other = await register(server);
  await until(() => receivedBy(other).length === 1);
  expect(sink.mails.map(({ to }) => to)).toEqual([other]);
  expect(await sql`select from latchkey.mail`).toHaveLength(1);
});

test('a process killed over a mail leaves it to the next, and it comes twice at most, under one id (R-OPS-01)', async () => {
  sink.behave('hold');
  const first = await start();
  const email = await register(first);
  await until(() => receivedBy(email).length === 1);
  await first.kill();
  sink.behave('accept');
  // The minute for which the dead process had it.
  await sql`update latchkey.mail set next_attempt_at = now()`;
  await start();
  await until(async () => (await sql`select from latchkey.mail where sent_at is not null`).length === 1);
  const copies = receivedBy(email);
  expect(copies).toHaveLength(2);
  expect(new Set(copies.map(({ id }) => id)).size).toBe(1);
});

test('a mail that a process has is not sent by another, nor before the minute is over (R-OPS-01)', async () => {
  sink.behave('hold');
  const first = await start();
  const email = await register(first);
  await until(() => receivedBy(email).length === 1);
  const second = await start();
  await sql`select graphile_worker.add_job('deliver_due_mails')`;
  sink.behave('accept');
  const other = await register(second);
  await until(() => receivedBy(other).length === 1);
  await until(async () => (await sql`select from graphile_worker.jobs where task_identifier = 'deliver_due_mails'`).length === 0);
  expect(receivedBy(email)).toHaveLength(1);
  sink.release();
  await until(async () => (await mailState(second)).waiting === 0);
});

test('two servers send every mail once (R-OPS-01)', async () => {
  const env = { SMTP_URL: sink.url, MAIL_FROM: 'no-reply@example.test' };
  const pair = await startTwoServers(inject('databaseUrl'), env);
  const emails: string[] = [];
  for (let round = 0; round < 5; round += 1) emails.push(...(await Promise.all(pair.servers.map(register))));
  await until(async () => (await mailState(pair.servers[0])).waiting === 0);
  expect(sink.mails.map(({ to }) => to).toSorted()).toEqual(emails.toSorted());
  await pair.close();
});

test('mail goes on after the database went away at the worst moment (R-OPS-01)', async () => {
  const proxy = await openDatabaseProxy(database.url);
  const server = await start(sink.url, proxy.url);
  sink.behave('hold');
  const held = await register(server);
  await until(() => receivedBy(held).length === 1);
  // The job is running: it ends, and nobody is there to be told.
  proxy.cut();
  sink.release();
  sink.behave('accept');
  await until(async () => (await send(server.url, '/readyz')).status === 503);
  proxy.restore();
  await until(async () => (await send(server.url, '/readyz')).status === 200);
  const next = await register(server);
  await until(() => receivedBy(next).length === 1);
  await server.kill();
  await proxy.close();
});

test('a job queue that ended itself is started again (R-OPS-01)', async () => {
  const server = await start();
  sink.behave('hold');
  const held = await register(server);
  await until(() => receivedBy(held).length === 1);
  // What it cannot report as done makes it give up.
  await sql`alter table graphile_worker._private_jobs rename to gone`;
  sink.release();
  sink.behave('accept');
  await until(() => /the job queue ended by itself and is started again/.test(server.output()));
  await sql`alter table graphile_worker.gone rename to _private_jobs`;
  const next = await register(server);
  await until(() => receivedBy(next).length === 1);
  expect(receivedBy(held)).toHaveLength(1);
  expect(await server.stop()).toBe(0);
});
