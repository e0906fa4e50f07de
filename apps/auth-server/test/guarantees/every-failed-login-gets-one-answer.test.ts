import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Answer, openBrowser } from '../browser.ts';
import { newPerson, signedInPerson } from '../person.ts';
import { query } from '../postgres-owner.ts';
import { startTestServer, type TestServer } from '../start-server.ts';

let server: TestServer;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  server = await startTestServer({ databaseUrl: database.url });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** All that a stranger could compare, but for what differs at every request. */
function seen({ status, headers, text }: Answer) {
  const changing = new Set(['date', 'x-request-id']);
  return {
    status,
    headers: [...headers].filter(([name]) => !changing.has(name)),
    body: text.replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/, 'a request id'),
    length: text.length,
  };
}

test('status, headers and body of a failed login are the same for everybody (R-SES-01)', async () => {
  const known = await signedInPerson(server.url);
  const withoutPassword = await signedInPerson(server.url);
  await query(database.url, `update latchkey."user" set password_hash = null where email = '${withoutPassword.email}'`);
  const pending = newPerson(server.url);
  await pending.browser.call('registration.register', { email: pending.email, username: pending.username, password: pending.password });

  const password = 'a wrong pass phrase';
  const attempts = [
    { identifier: known.email, password },
    { identifier: known.username, password },
    { identifier: pending.email, password },
    { identifier: pending.username, password },
    { identifier: withoutPassword.email, password: withoutPassword.password },
    { identifier: 'nobody@example.com', password },
    { identifier: 'nobody', password: known.password },
    { identifier: 'no body@', password },
  ];
  const answers: ReturnType<typeof seen>[] = [];
  for (const attempt of attempts) answers.push(seen(await openBrowser(server.url).call('auth.login', attempt)));
  expect(answers[0]).toMatchObject({ status: 401, body: expect.stringContaining('"reason":"invalid_credentials"') });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]?.headers.map(([name]) => name)).not.toContain('set-cookie');
});

test('a failed login tells nothing to a browser that is signed in as somebody else either (R-SES-01)', async () => {
  const { browser, email } = await signedInPerson(server.url);
  const other = await signedInPerson(server.url);
  const answers = [];
  for (const identifier of [email, other.email, 'nobody@example.com']) {
    answers.push(seen(await browser.call('auth.login', { identifier, password: 'a wrong pass phrase' })));
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
