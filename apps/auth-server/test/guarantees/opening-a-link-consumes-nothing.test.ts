import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startNewServer } from '../new-server.ts';
import { newPerson, signedInPerson } from '../person.ts';
import { send } from '../send.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(() => server.stop());

/** What scanners, previews and prefetchers do with a link, and what a careless application might have let them do. */
async function openInEveryWay(page: string, procedure: string, token: string): Promise<number[]> {
  const input = encodeURIComponent(JSON.stringify({ json: { token, newPassword: 'another pass phrase' } }));
  const batch = encodeURIComponent(JSON.stringify({ 0: { json: { token } } }));
  const paths = [`/${page}`, `/${page}?token=${token}`, `/trpc/${procedure}?input=${input}`, `/trpc/${procedure}?batch=1&input=${batch}`];
  const statuses: number[] = [];
  for (const path of paths) {
    for (const method of ['GET', 'HEAD', 'GET']) statuses.push((await send(server.url, path, { method })).status);
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of [`/${page}`, `/trpc/${procedure}`])
    statuses.push((await send(server.url, path, { method: 'POST', headers: form, body: `token=${token}` })).status);
  return statuses;
}

const neverOnTrpc = (statuses: number[]) => statuses.slice(6).filter((status) => status < 400);

test('opening a verification link, in whatever way, leaves it good; a POST of the page uses it (R-REG-11)', async () => {
  const { browser, email, password } = newPerson(server.url);
  await browser.call('registration.register', { email, password });
  const token = await browser.mailedToken('verify-email', email);
  expect(neverOnTrpc(await openInEveryWay('verify-email', 'registration.verifyEmail', token))).toEqual([]);
  expect((await browser.call('registration.verifyEmail', { token })).data).toMatchObject({ status: 'authenticated' });
});

test('and a reset link (R-REG-11)', async () => {
  const { browser, email } = await signedInPerson(server.url);
  await browser.call('password.requestReset', { email });
  const token = await browser.mailedToken('reset-password', email);
  expect(neverOnTrpc(await openInEveryWay('reset-password', 'password.confirmReset', token))).toEqual([]);
  expect((await browser.call('password.confirmReset', { token, newPassword: 'another pass phrase' })).data).toEqual({ status: 'reset' });
});

test('and a link to a new address, with the asker’s own cookies too (R-REG-11)', async () => {
  const { browser } = await signedInPerson(server.url);
  const to = newPerson(server.url).email;
  await browser.call('registration.requestEmailChange', { email: to });
  const token = await browser.mailedToken('confirm-email-change', to);
  expect(neverOnTrpc(await openInEveryWay('confirm-email-change', 'registration.confirmEmailChange', token))).toEqual([]);
  expect((await browser.query('registration.confirmEmailChange', { token })).status).toBe(405);
  expect((await browser.call('registration.confirmEmailChange', { token })).data).toEqual({ status: 'email_changed' });
});

test('the token stands behind the # of a link, which no browser sends to a server (R-REG-11, R-PWD-16)', async () => {
  const { browser, email, password } = newPerson(server.url);
  await browser.call('registration.register', { email, password });
  const token = await browser.mailedToken('verify-email', email);
  const [mail] = (await browser.mails()).filter((each) => each.to === email);
  const links = [...(mail?.text ?? '').matchAll(/https?:\S+/g), ...(mail?.html ?? '').matchAll(/href="([^"]+)"/g)].map(
    (match) => match[1] ?? match[0],
  );
  const carrying = links.filter((link) => link.includes(token));
  expect(carrying.length).toBeGreaterThanOrEqual(2);
  for (const link of carrying) expect(new URL(link)).toMatchObject({ search: '', pathname: '/verify-email', hash: `#token=${token}` });
});
