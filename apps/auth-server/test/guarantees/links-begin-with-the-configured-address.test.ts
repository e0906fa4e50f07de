import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { startNewServer } from '../new-server.ts';
import { newPerson, signedInPerson } from '../person.ts';
import { post } from '../send.ts';
import { freePort, type TestServer } from '../start-server.ts';

const hostile = 'evil.example';
const headers: Record<string, string> = {
  host: hostile,
  'x-forwarded-host': hostile,
  'x-forwarded-proto': 'https',
  'x-forwarded-server': hostile,
  'x-forwarded-port': '444',
  'x-original-host': hostile,
  'x-host': hostile,
  'x-original-url': `//${hostile}/`,
  forwarded: `host=${hostile};proto=https;for=203.0.113.9`,
  referer: `https://${hostile}/reset-password`,
};

let server: TestServer;
let publicUrl: string;

beforeAll(async () => {
  publicUrl = `http://localhost:${await freePort()}`;
  // Even from a proxy that is trusted to say who calls, nobody says where our links lead.
  const env = { PUBLIC_URL: publicUrl, TRUSTED_PROXIES: '127.0.0.0/8,::1/128', ALLOWED_ORIGINS: `https://${hostile}` };
  server = await startNewServer(inject('databaseUrl'), { env });
});
afterAll(() => server.stop());

/** Waits for the mails of an address, and answers all that they say. */
async function mailsTo(email: string, count: number): Promise<string[]> {
  const reader = openBrowser(server.url);
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const mails = (await reader.mails()).filter((mail) => mail.to === email);
    if (mails.length === count) return mails.map(({ text, html }) => `${text}\n${html}`);
  }
  throw new Error(`${count} mails did not come for ${email}`);
}

function expectOwn(mails: string[]): void {
  for (const mail of mails) {
    expect(mail).not.toContain(hostile);
    const links = mail.match(/https?:[^\s"'<>]+/g) ?? [];
    expect(links.length).toBeGreaterThanOrEqual(2);
    expect(links.filter((link) => !link.startsWith(`${publicUrl}/`) && link !== publicUrl && !link.includes('//www.w3.org/'))).toEqual([]);
  }
}

const variants: [string, Record<string, string>][] = [
  ['all at once', headers],
  ['with an origin that may call us', { ...headers, origin: `https://${hostile}` }],
  ...['host', 'x-forwarded-host', 'forwarded'].map((name): [string, Record<string, string>] => [
    `${name} alone`,
    { [name]: headers[name] ?? '' },
  ]),
];

describe.each(variants)('hostile headers, %s,', (_which, sent) => {
  test('do not move the link of a registration or of a reset (R-PWD-15)', async () => {
    const { email, password } = newPerson(server.url);
    expect((await post(server.url, 'registration.register', { json: { email, password } }, sent)).status).toBe(200);
    expectOwn(await mailsTo(email, 1));
    expect((await post(server.url, 'password.requestReset', { json: { email } }, sent)).status).toBe(200);
    expectOwn(await mailsTo(email, 2));
  });
});

test('nor that of another verification mail, a notice or a change of address (R-PWD-15)', async () => {
  const person = await signedInPerson(server.url, publicUrl);
  const pending = newPerson(server.url, publicUrl);
  await post(server.url, 'registration.register', { json: { email: pending.email, password: pending.password } }, headers);
  await post(server.url, 'registration.resendVerification', { json: { email: pending.email } }, headers);
  expectOwn(await mailsTo(pending.email, 2));

  await post(server.url, 'registration.register', { json: { email: person.email, password: person.password } }, headers);
  expectOwn(await mailsTo(person.email, 2));

  const to = newPerson(server.url).email;
  const cookie = [...person.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const asked = await post(
    server.url,
    'registration.requestEmailChange',
    { json: { email: to } },
    { ...headers, cookie, 'sec-fetch-site': 'same-origin' },
  );
  expect(asked.status).toBe(200);
  expectOwn(await mailsTo(to, 1));
});
