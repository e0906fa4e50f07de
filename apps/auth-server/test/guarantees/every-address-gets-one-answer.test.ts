import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startNewServer } from '../new-server.ts';
import { newPerson, type Person, signedInPerson } from '../person.ts';
import { post, type Sent } from '../send.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;
let known: Person;
let pending: Person;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
  known = await signedInPerson(server.url);
  pending = newPerson(server.url);
  await pending.browser.call('registration.register', { email: pending.email, password: pending.password });
});
afterAll(() => server.stop());

/** What differs between any two answers, told by its length alone; and the address, which every answer repeats as it was sent. */
function comparable({ status, headerLines, text }: Sent, email: string): string {
  const lines = headerLines.map(([name, value]) => {
    if (/^(date|x-request-id)$/i.test(name)) return `${name}: ${value.length} characters`;
    if (/^set-cookie$/i.test(name))
      return `${name}: ${value.replace(/=[^;]*/, (secret) => `=${secret.length} characters`).replace(/Expires=[^;]*/, 'Expires')}`;
    return `${name}: ${value}`;
  });
  const requestId = /"requestId":"[^"]+"/;
  return [status, ...lines, text.length, text.replaceAll(email, 'the address').replace(requestId, '"requestId"')].join('\n');
}

/** The same call for a new, a pending and a known address, and one of them in capitals. */
async function answersOf(procedure: string, input: object, headers: Record<string, string> = {}): Promise<string[]> {
  const emails = [newPerson(server.url).email, pending.email, known.email, known.email.toUpperCase()];
  const answers: string[] = [];
  for (const email of emails) answers.push(comparable(await post(server.url, procedure, { json: { email, ...input } }, headers), email));
  return answers;
}

const password = 'a pass phrase of a stranger';
const callers: [string, Record<string, string>][] = [
  ['a program', {}],
  ['a browser', { 'sec-fetch-site': 'same-origin', accept: '*/*' }],
  ['a caller who wants tokens', { 'x-latchkey-credentials': 'token' }],
];

describe.each(callers)('to %s', (_who, headers) => {
  test.each<[string, object]>([
    ['registration.register', { password }],
    ['registration.register', { password, firstName: 'Ada', username: undefined }],
    ['registration.resendVerification', {}],
    ['password.requestReset', {}],
  ])('%s answers alike to the byte for a new, a pending and a known address (R-REG-01, R-PWD-10)', async (procedure, input) => {
    const [first, ...others] = await answersOf(procedure, input, headers);
    expect(first).toMatch(/^200\n/);
    for (const other of others) expect(other).toBe(first);
  });

  test.each<[string, object, RegExp]>([
    ['registration.register', { password: 'password' }, /weak_password/],
    ['registration.register', { password, username: 'a b' }, /invalid_input/],
    ['registration.register', { password, role: 'admin' }, /invalid_input/],
    ['password.requestReset', { token: 'x' }, /invalid_input/],
  ])('%s refuses %j alike for every address (R-REG-01, R-PWD-10)', async (procedure, input, reason) => {
    const [first, ...others] = await answersOf(procedure, input, headers);
    expect(first).toMatch(/^400\n/);
    expect(first).toMatch(reason);
    for (const other of others) expect(other).toBe(first);
  });
});

test('a name that is taken is said to be taken for every address alike (R-REG-01)', async () => {
  const [first, ...others] = await answersOf('registration.register', { password, username: known.username });
  expect(first).toMatch(/^409\n/);
  for (const other of others) expect(other).toBe(first);
});

test('a registration sets a cookie of the same kind whether or not it can ever be used (R-REG-01)', async () => {
  for (const email of [newPerson(server.url).email, known.email]) {
    const { headers } = await post(server.url, 'registration.register', { json: { email, password } });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^latchkey-registration=lkb_[\w-]{49}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  }
});

test('logging in with what was registered answers alike too (R-REG-01)', async () => {
  const answers: string[] = [];
  for (const email of [newPerson(server.url).email, known.email]) {
    await post(server.url, 'registration.register', { json: { email, password } });
    for (const given of [password, 'a wrong pass phrase'])
      answers.push(comparable(await post(server.url, 'auth.login', { json: { identifier: email, password: given } }), email));
  }
  const [right, wrong, ...onKnown] = answers;
  expect(right).toMatch(/^200\n/);
  expect(wrong).toMatch(/^401\n/);
  expect(onKnown).toEqual([right, wrong]);
});
