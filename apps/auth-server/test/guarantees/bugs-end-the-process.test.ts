import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newPerson } from '../person.ts';
import { post } from '../send.ts';
import { startTestServer } from '../start-server.ts';
import { until } from '../until.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});
afterAll(() => database.drop());

/** A server of an application with a bug outside of every promise that anybody waits for. */
const buggy = (bug: string) => `
  const { runAuthServer } = await import('auth-server');
  await runAuthServer({ hooks: { beforeRegister: async () => { setTimeout(() => { ${bug} }, 0); return undefined; } } });
`;

test.each([
  ['uncaughtException', "throw new Error('nobody caught this')"],
  ['unhandledRejection', "Promise.reject(new Error('nobody caught this'))"],
  ['unhandledRejection', 'Promise.reject(undefined)'],
])('an %s is logged, what runs is finished, and the process ends with 1 (R-OPS-08)', async (event, bug) => {
  const server = await startTestServer({
    databaseUrl: database.url,
    env: { SECRET: 'q7v0GmZxT3nUoP9sLkWb2cJfHr5yEdA1' },
    program: buggy(bug),
  });
  const { email, password } = newPerson(server.url);
  const answer = await post(server.url, 'registration.register', { json: { email, password } });
  expect(answer.status).toBe(200);
  await until(() => server.process.exitCode !== null);
  expect(server.process.exitCode).toBe(1);
  const line = server
    .output()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text))
    .find(({ msg }) => msg === event);
  expect(line).toMatchObject({ level: 50, err: expect.objectContaining({ type: expect.any(String) }) });
});
