import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { signedInPerson } from '../person.ts';
import { send } from '../send.ts';

let direct: OwnServer;
let behind: OwnServer;

beforeAll(async () => {
  [direct, behind] = await Promise.all([
    openOwnServer(inject('databaseUrl'), { TRUSTED_PROXIES: '203.0.113.0/24,2001:db8::/32' }),
    openOwnServer(inject('databaseUrl'), { TRUSTED_PROXIES: '127.0.0.0/8,::1,10.0.0.0/8, 2001:db8:1::/48' }),
  ]);
});
afterAll(async () => {
  await direct.close();
  await behind.close();
});

/** The address that a login from there is listed under. */
async function addressSeen(server: OwnServer, forwarded: Record<string, string | string[]>): Promise<string | null> {
  const person = await signedInPerson(server.url);
  const body = JSON.stringify({ json: { identifier: person.email, password: person.password } });
  const headers = { 'content-type': 'application/json', 'x-latchkey-credentials': 'token', ...forwarded };
  const answer = await send(server.url, '/trpc/auth.login', { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text).result.data.json.session.ip;
}

test('without a trusted proxy in front, no header says where a client is (R-TRN-15)', async () => {
  const headers = { forwarded: 'for=198.51.100.7', 'x-real-ip': '198.51.100.7', 'cf-connecting-ip': '198.51.100.7' };
  for (const forwarded of ['198.51.100.7', '203.0.113.5', '198.51.100.7, 203.0.113.5', '::1', 'unknown']) {
    expect(await addressSeen(direct, { ...headers, 'x-forwarded-for': forwarded })).toMatch(/^(127\.0\.0\.1|::1)$/);
  }
});

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['198.51.100.7, 10.1.2.3', '198.51.100.7'],
  // What the client itself wrote stands left of what our proxy saw.
  ['1.1.1.1, 198.51.100.7', '198.51.100.7'],
  ['10.9.9.9, 1.1.1.1, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
  ['10.1.2.3, 10.4.5.6', '10.1.2.3'],
  ['2001:db8:2::7', '2001:db8:2::7'],
  ['2001:db8:2::7, 2001:db8:1::9', '2001:db8:2::7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  // Some proxies add the port.
  ['198.51.100.7:4711', '198.51.100.7'],
  ['[2001:db8:2::7]:4711', '2001:db8:2::7'],
  ['[2001:db8:2::7]', '2001:db8:2::7'],
  // Not an address: unknown, and counted as such.
  ['unknown', null],
  ['198.51.100.7:port', null],
  ["'; drop table x", null],
  [`${'9'.repeat(300)}`, null],
])('behind trusted proxies %j is %j (R-TRN-15)', async (forwarded, expected) => {
  expect(await addressSeen(behind, { 'x-forwarded-for': forwarded })).toBe(expected);
});

test('several headers are one list, read from its end (R-TRN-15)', async () => {
  expect(await addressSeen(behind, { 'x-forwarded-for': ['1.1.1.1', '198.51.100.7'] })).toBe('198.51.100.7');
});

test('a proxy cannot move links, cookies or tokens to another host (R-TRN-15)', async () => {
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', host: 'evil.example' };
  const { email } = await (async () => {
    const person = await signedInPerson(behind.url);
    const body = JSON.stringify({ json: { email: person.email } });
    const asked = { ...headers, 'content-type': 'application/json' };
    expect((await send(behind.url, '/trpc/password.requestReset', { method: 'POST', headers: asked, body })).status).toBe(200);
    expect(await person.browser.mailedToken('reset-password', person.email)).toMatch(/^lkp_/);
    return person;
  })();
  const mails = JSON.parse((await send(behind.url, '/dev/mailbox.json')).text) as { to: string; text: string; html: string }[];
  for (const mail of mails.filter(({ to }) => to === email)) expect(mail.text + mail.html).not.toContain('evil.example');
});
