import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type LocalServer, openLocalServer } from '../local-server.ts';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { signedInPerson } from '../person.ts';
import { post, type Sent, send } from '../send.ts';

let server: OwnServer;
let local: LocalServer;

beforeAll(async () => {
  [server, local] = await Promise.all([
    openOwnServer(inject('databaseUrl'), { BCRYPT_COST: '11' }),
    openLocalServer(inject('databaseUrl'), { core: { policy: { password: { ...slowPassword } } } }),
  ]);
});
afterAll(async () => {
  await server.close();
  await local.close();
});

const slowPassword = { minLength: 8, maxLength: 128, maxBytes: 512, bcryptCost: 13, contextWords: [] };
const attempt = (identifier: string) => ({ json: { identifier, password: 'a wrong pass phrase' } });

function shed({ status, refusal, headers }: Sent): boolean {
  if (status !== 503) return false;
  expect(refusal?.reason).toBe('overloaded');
  expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  return true;
}

test('of a flood of logins the most are told to come back, and everything else goes on (R-OPS-03)', async () => {
  const person = await signedInPerson(server.url);
  const flood = Promise.all(
    Array.from({ length: 150 }, (_, index) => post(server.url, 'auth.login', attempt(`nobody${index}@example.com`))),
  );
  const others = Array.from({ length: 20 }, () => send(server.url, '/livez'));
  others.push(send(server.url, '/trpc/auth.session'), send(server.url, '/.well-known/jwks.json'));
  for (const { status } of await Promise.all(others)) expect(status).toBe(200);
  const answers = await flood;
  const refused = answers.filter(shed);
  expect(refused.length).toBeGreaterThan(75);
  const rest = answers.filter((answer) => !refused.includes(answer));
  expect(rest.length).toBeGreaterThan(0);
  for (const { status } of rest) expect(status).toBe(401);
  // Nobody is queued for later: when it is over it is over.
  const login = { json: { identifier: person.email, password: person.password } };
  expect((await post(server.url, 'auth.login', login)).status).toBe(200);
});

test.each([
  ['auth.login', attempt('nobody@example.com')],
  ['registration.register', { json: { email: 'nobody@example.com', password: 'a fine pass phrase' } }],
])('%s is refused before anything is looked up, counted or written (R-OPS-03)', async (path, input) => {
  const { core } = local;
  // The tables are gone: whoever asks them for anything fails, and not with this.
  for (const table of ['user', 'registration', 'limit', 'audit'])
    await core.db.execute(`alter table latchkey."${table}" rename to "${table}_gone"`);
  // More than any machine hashes and keeps waiting at this cost.
  const hashes = Array.from({ length: 100 }, (_, index) => core.passwords.hash('a pass phrase', `192.0.2.${index}`).catch(() => null));
  const answer = await post(local.url, path, input);
  for (const table of ['user', 'registration', 'limit', 'audit'])
    await core.db.execute(`alter table latchkey."${table}_gone" rename to "${table}"`);
  expect(shed(answer)).toBe(true);
  await Promise.all(hashes);
});
