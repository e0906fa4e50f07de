import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openBrowser } from '../browser.ts';
import { type OwnServer, openOwnServer } from '../own-server.ts';
import { newPerson } from '../person.ts';

const origin = 'https://auth.example.test';
let secure: OwnServer;
let plain: OwnServer;

beforeAll(async () => {
  [secure, plain] = await Promise.all([openOwnServer(inject('databaseUrl'), { PUBLIC_URL: origin }), openOwnServer(inject('databaseUrl'))]);
});
afterAll(async () => {
  await secure.close();
  await plain.close();
});

/** Every cookie that registering, verifying, logging out and in, proving and leaving set, with its attributes. */
async function cookiesOfALife(url: string, from: string): Promise<{ name: string; value: string; attributes: string[] }[]> {
  const { email, password } = newPerson(url, from);
  const browser = openBrowser(url, { origin: from });
  const answers = [await browser.call('registration.register', { email, password })];
  answers.push(await browser.call('registration.verifyEmail', { token: await browser.mailedToken('verify-email', email) }));
  answers.push(await browser.call('auth.reauthenticate', { password }));
  answers.push(await browser.call('password.change', { currentPassword: password, newPassword: `${password} again` }));
  answers.push(await browser.call('auth.logout'));
  answers.push(await browser.call('auth.login', { identifier: email, password: `${password} again` }));
  answers.push(await browser.call('auth.deleteUser'));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const lines = answers.flatMap(({ headers }) => headers.getSetCookie());
  return lines.map((line) => {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    return { name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1), attributes };
  });
}

test('over https every cookie is tied to this host and out of reach for scripts (R-TRN-06)', async () => {
  const cookies = await cookiesOfALife(secure.url, origin);
  expect(new Set(cookies.map(({ name }) => name))).toEqual(
    new Set(['__Host-latchkey', '__Host-latchkey-device', '__Host-latchkey-registration']),
  );
  for (const { name, value, attributes } of cookies) {
    const rest = attributes.filter((attribute) => !/^max-age=\d+$/i.test(attribute));
    expect(rest.toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
    expect(attributes).toHaveLength(5);
    expect(`${name}=${value}`.length).toBeLessThan(4096);
  }
});

test('over plain http, for development, they have other names and the same limits (R-TRN-06)', async () => {
  const cookies = await cookiesOfALife(plain.url, plain.url);
  expect(new Set(cookies.map(({ name }) => name))).toEqual(new Set(['latchkey', 'latchkey-device', 'latchkey-registration']));
  for (const { attributes } of cookies) {
    expect(attributes.filter((attribute) => !/^max-age=\d+$/i.test(attribute)).toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax']);
  }
});

test('a cookie lives as long as its session may, and 400 days at most (R-TRN-06)', async () => {
  const cookies = await cookiesOfALife(plain.url, plain.url);
  const ages = cookies.map(({ name, attributes }) => [
    name,
    Number(/\d+/.exec(attributes.find((text) => /^max-age/i.test(text)) ?? '')?.[0]),
  ]);
  for (const [, age] of ages) expect(age).toBeLessThanOrEqual(400 * 24 * 3600);
  expect(ages).toContainEqual(['latchkey', 30 * 24 * 3600]);
  expect(ages).toContainEqual(['latchkey', 0]);
});

test('a cookie without its prefix counts for nothing over https (R-TRN-06)', async () => {
  const { email, password } = newPerson(secure.url, origin);
  const browser = openBrowser(secure.url, { origin });
  await browser.call('registration.register', { email, password });
  await browser.call('registration.verifyEmail', { token: await browser.mailedToken('verify-email', email) });
  const session = browser.cookies.get('__Host-latchkey') ?? '';
  expect((await browser.query('auth.session')).data).not.toBeNull();
  const stranger = openBrowser(secure.url, { origin });
  stranger.cookies.set('latchkey', session);
  expect((await stranger.query('auth.session')).data).toBeNull();
});
