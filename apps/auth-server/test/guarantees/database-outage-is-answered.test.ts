import { createTestDatabase } from '@latchkey/user-core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CallLoad, startCallLoad } from '../call-load.ts';
import { type OwnPostgres, startOwnPostgres } from '../own-postgres.ts';
import { newPerson } from '../person.ts';
import { startTestServer, type TestServer } from '../start-server.ts';
import { until } from '../until.ts';

let postgres: OwnPostgres;
let server: TestServer;
let load: CallLoad;

beforeAll(async () => {
  postgres = await startOwnPostgres();
});
beforeEach(async () => {
  const database = await createTestDatabase(postgres.url);
  server = await startTestServer({ databaseUrl: database.url });
  load = await startCallLoad(server.url, 6);
  await until(() => load.calls.length > 20);
});
afterEach(async () => {
  expect(await server.stop()).toBe(0);
});
afterAll(() => postgres.close());

test('while backends are frozen every call is answered, and new connections take over (R-STO-06)', async () => {
  const frozen = await postgres.backends();
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  try {
    await until(() => kinds().has('overloaded'));
    const before = load.calls.length;
    // The frozen ones stay frozen: only what replaces them can answer this.
    await until(() => load.calls.slice(before).filter(({ kind }) => kind === 'ok').length > 20);
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
  }
  await load.stop();
  expectOnlyOverloaded();
}, 90_000);

test('killed backends cost the calls that met them, and nothing else (R-STO-06)', async () => {
  for (let round = 0; round < 12; round += 1) {
    const before = load.calls.length;
    for (const pid of await postgres.backends()) end(pid);
    await until(() => load.calls.length > before + 8);
  }
  await works();
  await load.stop();
  expectOnlyOverloaded();
  await expectAcknowledgedKept();
}, 90_000);

test('a restarted database, and one that is away for seconds, are overcome without losing what was said (R-STO-06)', async () => {
  await postgres.stop();
  await postgres.start();
  await works();

  await postgres.stop();
  const before = load.calls.length;
  await until(() => load.calls.length > before + 60);
  expect(load.calls.slice(before + 12).every(({ kind }) => kind === 'overloaded')).toBe(true);
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  await postgres.start();
  expect(await works()).toBeLessThan(5_000);
  await until(async () => (await fetch(`${server.url}/readyz`)).status === 200);

  await load.stop();
  expectOnlyOverloaded();
  await expectAcknowledgedKept();
  // Mail is delivered again too: a registration and its verification go through.
  const person = newPerson(server.url);
  await person.browser.call('registration.register', { email: person.email, password: person.password });
  const token = await person.browser.mailedToken('verify-email', person.email);
  expect((await person.browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
}, 90_000);

const kinds = () => new Set(load.calls.map(({ kind }) => kind));

/** Milliseconds until calls succeed again. */
async function works(): Promise<number> {
  const from = load.calls.length;
  const begunAt = performance.now();
  await until(() => load.calls.slice(from).some(({ kind }) => kind === 'ok'));
  return performance.now() - begunAt;
}

/** An answer each time, in time, with a reason that says to come back; a login that got no answer may have ended its cookie's session. */
function expectOnlyOverloaded(): void {
  expect([...kinds()].filter((kind) => !['ok', 'overloaded', 'not_authenticated'].includes(kind))).toEqual([]);
  expect(Math.max(...load.calls.map(({ milliseconds }) => milliseconds))).toBeLessThan(8_000);
  const refused = load.calls.filter(({ kind }) => kind === 'overloaded');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ retryAfterSeconds }) => Number.isInteger(retryAfterSeconds) && Number(retryAfterSeconds) > 0)).toBe(true);
  expect(server.process.exitCode).toBeNull();
}

/** What was acknowledged is there, or something written after it. */
async function expectAcknowledgedKept(): Promise<void> {
  for (const [person, firstName] of load.acknowledged) {
    const { email: identifier, password } = person;
    await until(async () => (await person.browser.call('auth.login', { identifier, password })).error === null);
    const { data } = await person.browser.query<{ firstName: string }>('auth.user');
    expect(Number(data.firstName.slice(6))).toBeGreaterThanOrEqual(Number(firstName.slice(6)));
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended in between.
  }
}
