import postgres from 'postgres';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson, signedInPerson } from '../person.ts';
import { post, send } from '../send.ts';
import { until } from '../until.ts';

const mark = 'hunter2';
let server: OwnServer;

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'));
});
afterAll(() => server.close());

type Line = { level: number; time: string; msg: string; requestId?: string; path?: string; status?: number; err?: { message: string } };

/** Every line but the one for people. */
function lines(): Line[] {
  const all = server.output().trim().split('\n');
  return all.filter((line) => !line.startsWith('Latchkey is ready')).map((line) => JSON.parse(line));
}

async function lineOf(requestId: unknown): Promise<Line> {
  const find = () => lines().find((line) => line.requestId === requestId && line.msg === 'answered');
  await until(() => find() !== undefined);
  return find() as Line;
}

const paths = {
  'auth.login': { identifier: `${mark}@example.com`, password: mark },
  'auth.reauthenticate': { password: mark },
  'auth.refresh': { refreshToken: `lkr_${mark}` },
  'auth.serviceToken': { serviceKey: `lka_${mark}` },
  'auth.sessions.revoke': { sessionId: mark },
  'auth.updateUser': { username: mark, firstName: mark, lastName: mark, fields: { [mark]: mark } },
  'auth.users.revokeSessions': { userId: mark },
  'auth.verifyToken': { token: mark },
  'password.change': { currentPassword: mark, newPassword: mark.repeat(3) },
  'password.confirmReset': { token: `lkp_${mark}`, newPassword: mark },
  'password.requestReset': { email: `${mark}@example.com` },
  'password.set': { newPassword: mark },
  'registration.confirmEmailChange': { token: `lkc_${mark}` },
  'registration.register': { email: `${mark}@example.com`, password: `${mark} and a few words`, username: mark, firstName: mark },
  'registration.requestEmailChange': { email: `${mark}-new@example.com` },
  'registration.resendVerification': { email: `${mark}@example.com` },
  'registration.verifyEmail': { token: `lkv_${mark}`, password: mark },
};

test('no input, cookie, header or query of any call is in the log, whatever becomes of it (R-OPS-04)', async () => {
  const person = await signedInPerson(server.url);
  const cookie = [...person.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const callers = [
    {},
    { cookie: `${cookie}; other=${mark}`, origin: server.url },
    { authorization: `Bearer ${mark}`, 'x-api-key': mark, origin: `https://${mark}.example` },
    { cookie: `latchkey=${mark}`, 'sec-fetch-site': mark },
  ];
  for (const [path, input] of Object.entries(paths)) {
    for (const headers of callers) {
      await post(server.url, path, superjson.serialize(input), headers);
      await post(server.url, path, `{"json":{"password":"${mark}`, headers);
    }
    await send(server.url, `/trpc/${path}?input=${encodeURIComponent(JSON.stringify({ json: input }))}`);
  }
  await send(
    server.url,
    `/trpc/auth.users.find?input=${encodeURIComponent(JSON.stringify({ json: { emails: [`${mark}@example.com`] } }))}`,
  );
  for (const page of ['/verify-email', '/reset-password', '/social/callback/google', '/nowhere', '/dev/mailbox']) {
    for (const tail of [`?token=${mark}&code=${mark}`, `#token=${mark}`]) await send(server.url, `${page}${tail}`);
  }
  await lineOf((await send(server.url, '/livez')).headers['x-request-id']);
  const secrets = [mark, person.password, person.email, ...person.browser.cookies.values()];
  for (const secret of secrets) expect(server.output()).not.toContain(secret);
  expect(lines().length).toBeGreaterThan(100);
});

test('every line is one JSON object with a time, and none is an error unless something is broken (R-OPS-04)', async () => {
  await signedInPerson(server.url);
  for (const line of lines()) {
    expect(line).toMatchObject({
      level: expect.any(Number),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      msg: expect.any(String),
    });
    expect(line.level).toBeLessThan(50);
  }
});

test('an answer, its refusal and its line in the log bear the same id, and a client cannot choose it (R-OPS-04)', async () => {
  const headers = { 'x-request-id': mark, 'request-id': mark };
  const answers = [
    await send(server.url, '/trpc/auth.user', { headers }),
    await post(server.url, 'auth.login', { json: { identifier: 'x', password: 'x' } }, headers),
    await send(server.url, '/nowhere', { headers }),
    await send(server.url, '/trpc/auth.session', { method: 'PUT', headers }),
  ];
  for (const answer of answers) {
    const id = answer.headers['x-request-id'];
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(answer.refusal?.requestId).toBe(id);
    expect(await lineOf(id)).toMatchObject({ status: answer.status });
  }
  expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(answers.length);
});

test('a query that fails is logged with the id of its call and without its statement and values (R-OPS-04)', async () => {
  const { email, password } = newPerson(server.url);
  const sql = postgres(server.database.url, { max: 1, onnotice: () => {} });
  await sql`alter table latchkey.registration rename column username to user_name`;
  const answer = await post(server.url, 'registration.register', { json: { email, password, firstName: 'Ada Marked' } });
  await sql`alter table latchkey.registration rename column user_name to username`;
  await sql.end();
  expect(answer).toMatchObject({ status: 500, refusal: { reason: 'internal' } });
  const failed = () => lines().find(({ msg, requestId }) => msg === 'a procedure failed' && requestId === answer.refusal?.requestId);
  await until(() => failed() !== undefined);
  expect(failed()).toMatchObject({
    level: 50,
    path: 'registration.register',
    err: { code: '42703', message: expect.stringContaining('username') },
  });
  for (const secret of [email, password, 'Ada Marked', 'insert into', 'Failed query', '$2b$'])
    expect(server.output()).not.toContain(secret);
});
