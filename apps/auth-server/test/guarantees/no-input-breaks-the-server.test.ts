import { createAuthRouter, describeProcedures } from '@latchkey/auth-router';
import { refusalMeanings, type UserCore } from '@latchkey/user-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { mark, type OddRequest, oddRequests } from '../odd-requests.ts';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';
import { openConnection, post, type Sent, send } from '../send.ts';

/** How many rounds of four requests; FUZZ=25000 for a hundred thousand requests. */
const rounds = Number(process.env['FUZZ'] ?? 250);
const origin = 'http://localhost';
const procedures = describeProcedures(createAuthRouter({ core: {} as UserCore }).authRouter);

let server: OwnServer;
const people: { email: string; password: string; session: string }[] = [];

beforeAll(async () => {
  server = await openOwnServer(inject('databaseUrl'), { EMAIL_VERIFICATION: 'none', PUBLIC_URL: origin });
  for (let count = 0; count < 2; count += 1) people.push(await newcomer());
});
afterAll(() => server.close());

async function newcomer(): Promise<(typeof people)[number]> {
  const { browser, email, password } = newPerson(server.url, origin);
  await browser.call('registration.register', { email, password });
  return { email, password, session: `latchkey=${browser.cookies.get('latchkey')}` };
}

/** Whoever was logged out or deleted meanwhile comes back as somebody else. */
async function comeBack(): Promise<void> {
  for (const [index, person] of people.entries()) {
    const answer = await send(server.url, '/trpc/auth.session', { headers: { cookie: person.session } });
    if (answer.text.includes('"json":null')) people[index] = await newcomer();
  }
}

/** The answer to a request; a full queue of hashes is asked again, as it says. */
async function answered({ path, method, headers, body }: OddRequest): Promise<Sent> {
  const place = /^latchkey=person(\d)$/.exec(String(headers['cookie']))?.[1];
  const cookie = place === undefined ? headers['cookie'] : people[Number(place)]?.session;
  for (let tries = 0; ; tries += 1) {
    const answer = await send(server.url, path, {
      method,
      headers: { ...headers, ...(cookie !== undefined && { cookie }) },
      ...(body && { body }),
    });
    if (answer.refusal?.reason !== 'overloaded' || tries === 5) return answer;
  }
}

const statuses = [200, 204, 207, 400, 401, 403, 404, 405, 409, 413, 414, 415, 431];

type Failure = { message: string; data: { reason?: string; requestId?: string; httpStatus?: number } };

/** Every error of an answer, whichever way several are put together. */
function failuresIn(text: string): Failure[] {
  if (!/^[[{]/.test(text)) return [];
  const found: Failure[] = [];
  JSON.parse(text.includes('\n') ? `[${text.trim().split('\n').join(',')}]` : text, (_, value) => {
    if (typeof value === 'object' && value !== null && 'code' in value && 'data' in value && 'message' in value) found.push(value);
    return value;
  });
  return found;
}

function check(request: OddRequest, answer: Sent): void {
  const failures = failuresIn(answer.text);
  const seen = {
    request: { ...request, body: request.body?.toString('latin1').slice(0, 300) },
    status: answer.status,
    text: answer.text.slice(0, 500),
  };
  expect(seen, 'status').toMatchObject({ status: expect.toSatisfy((status: number) => statuses.includes(status)) });
  if (answer.status >= 400 && request.method !== 'HEAD') expect([seen, failures.length]).not.toEqual([seen, 0]);
  for (const { message, data } of failures) {
    expect(Object.keys(refusalMeanings)).toContain(data.reason);
    expect(data.reason).not.toBe('internal');
    expect(message).toBe(data.reason);
    expect(data.requestId).toBe(answer.headers['x-request-id']);
    expect(data).not.toHaveProperty('stack');
  }
  if (failures.length === 1 && answer.status >= 400) expect([seen, failures[0]?.data.httpStatus]).toEqual([seen, answer.status]);
  expect(JSON.stringify(failures)).not.toContain(mark);
  expect(JSON.stringify(answer.headers)).not.toContain(mark);
}

test('whatever is sent to whichever procedure, the answer is one of those that were promised (R-TRN-12)', {
  timeout: 3_600_000,
}, async () => {
  const cookies = ['latchkey=person0', 'latchkey=person1', 'latchkey=person0'];
  const round = fc.array(oddRequests(procedures, cookies), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(round, async (requests) => {
      const answers = await Promise.all(requests.map(answered));
      answers.forEach((answer, index) => {
        check(requests[index] as OddRequest, answer);
      });
      if (requests.some(({ path }) => /logout|deleteUser|revoke|change/.test(path))) await comeBack();
    }),
    { numRuns: rounds, endOnFailure: rounds > 250 },
  );
});

test('what is no HTTP at all is answered or hung up on, and nothing else (R-TRN-12)', { timeout: 600_000 }, async () => {
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom(
        'GET / HTTP/1.1',
        'POST /trpc/auth.logout HTTP/1.1',
        'host: x',
        'content-length: 5',
        'transfer-encoding: chunked',
        'content-type: application/json',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }).map((some) => mark + some),
      fc.constantFrom('', '0', 'ffffffff', ' folded: x', ':', 'a b: c', 'GET / HTTP/9.9', 'PRI * HTTP/2.0', '\x16\x03\x01\x02'),
    ),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(lines, async (some) => {
      const connection = await openConnection(server.url);
      connection.write(`${some.join('\r\n')}\r\n\r\n`);
      connection.socket.end();
      await connection.ended;
      for (const [, status] of connection.received().matchAll(/^HTTP\/1\.1 (\d+)/gm)) expect(statuses).toContain(Number(status));
      expect(connection.received()).not.toContain(mark);
    }),
    { numRuns: Math.min(rounds, 5_000) },
  );
});

test('afterwards it is alive, has nothing to complain of, and nothing of it in its log (R-TRN-12)', async () => {
  expect((await send(server.url, '/readyz')).status).toBe(200);
  await comeBack();
  const [person] = people;
  expect((await post(server.url, 'auth.login', { json: { identifier: person?.email, password: person?.password } })).status).toBe(200);
  const lines = server.output().split('\n');
  expect(lines.filter((line) => /"level":[56]0/.test(line)).slice(0, 5)).toEqual([]);
  // A path is logged as it came, and a procedure may be asked for by any name.
  expect(lines.map((line) => line.replace(/"path":"[^"]*"/, '')).join('\n')).not.toContain(mark);
});
