import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { newPerson, type Person } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { startTestServer, type TestServer } from '../start-server.ts';

let database: TestDatabase;
const env = { SECRET: 'a secret of the servers that are killed in this test', EMAIL_VERIFICATION: 'mandatory' };

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});
afterAll(() => database.drop());

const start = () => startTestServer({ databaseUrl: database.url, env });
const countOf = async (from: string) => Number((await query(database.url, `select count(*) as count from ${from}`))[0]?.['count']);

/** Kills the server as soon as some of the calls were answered, while others are under way. Answers which were. */
async function killDuring(server: TestServer, calls: Promise<{ error: unknown }>[], after: number): Promise<boolean[]> {
  let answered = 0;
  const killed = new Promise<void>((resolve, reject) => {
    for (const call of calls) {
      call.then(
        () => {
          answered += 1;
          if (answered === after) server.kill().then(resolve, reject);
        },
        () => undefined,
      );
    }
  });
  const settled = await Promise.allSettled(calls);
  await killed;
  return settled.map((each) => each.status === 'fulfilled' && each.value.error === null);
}

// Five starts of a server, on a machine that may be busy.
test('of a server killed amid registrations and proofs, everything is there whole or not at all (R-REG-14)', async () => {
  const people: Person[] = [];
  for (const after of [1, 3]) {
    const server = await start();
    const here = Array.from({ length: 10 }, () => newPerson(server.url));
    const calls = here.map(({ browser, email, username, password }) =>
      browser.call('registration.register', { email, username, password }),
    );
    const answered = await killDuring(server, calls, after);
    const registered = await countOf('latchkey.registration');
    expect(await countOf(`latchkey.one_time_token where purpose = 'verify_email'`)).toBe(registered);
    expect(await countOf(`latchkey.mail where kind = 'verify_email'`)).toBe(registered);
    people.push(...here.filter((_, index) => answered[index]));
    expect(registered).toBeGreaterThanOrEqual(people.length);
  }

  // Whoever was told to look into the mailbox finds a mail there, once a server runs again.
  const server = await start();
  const proven: [Person, string][] = [];
  for (const person of people) {
    const browser = openBrowser(server.url);
    for (const [name, value] of person.browser.cookies) browser.cookies.set(name, value);
    proven.push([{ ...person, browser }, await browser.mailedToken('verify-email', person.email)]);
  }
  const calls = proven.map(([{ browser }, token]) => browser.call('registration.verifyEmail', { token }));
  const answered = await killDuring(server, calls, 1);
  const accounts = await countOf('latchkey."user"');
  for (const type of ['user.registered', 'user.email_verified', 'user.logged_in']) {
    expect(await countOf(`latchkey.event where type = '${type}'`)).toBe(accounts);
  }
  expect(await countOf('latchkey.session')).toBe(accounts);
  expect(await countOf('latchkey."user" where password_hash is null or email_verified_at is null')).toBe(0);
  expect(await countOf('latchkey."user" u join latchkey.registration r on r.email_canonical = u.email_canonical')).toBe(0);

  // Who was let in is in; who was not can still use the link.
  const again = await start();
  for (const [index, [{ browser, email }, token]] of proven.entries()) {
    const here = openBrowser(again.url);
    for (const [name, value] of browser.cookies) here.cookies.set(name, value);
    const session = (await here.query<{ user: { email: string } } | null>('auth.session')).data;
    if (answered[index]) expect(session?.user.email).toBe(email);
    else if ((await countOf(`latchkey."user" where email = '${email}'`)) === 0)
      expect((await here.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
  }
  await again.stop();
}, 120_000);
