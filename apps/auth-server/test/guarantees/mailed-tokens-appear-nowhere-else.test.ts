import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startNewServer } from '../new-server.ts';
import { newPerson } from '../person.ts';
import { send } from '../send.ts';
import type { TestServer } from '../start-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startNewServer(inject('databaseUrl'));
});
afterAll(() => server.stop());

const json = { 'content-type': 'application/json' };
const newPassword = 'another pass phrase, once';

test('neither a log nor an error repeats a token, a password or a cookie, whatever is done with them (R-PWD-16)', async () => {
  const { browser, email, password } = newPerson(server.url);
  const secrets = [password, newPassword];
  const answers: string[] = [];
  const misuse = async (page: string, procedure: string, token: string) => {
    secrets.push(token);
    const input = { token, password: 'wrong', newPassword: 'short', extra: token };
    answers.push((await browser.call(procedure, input)).text);
    answers.push((await browser.call(procedure, { token: { token } })).text);
    answers.push((await browser.call(procedure, { token: token.repeat(9) })).text);
    answers.push((await browser.query(procedure, { token })).text);
    answers.push((await browser.call(`${procedure}/${procedure}`, { token })).text);
    const unfinished = `{"json":{"token":"${token}"`;
    answers.push((await send(server.url, `/trpc/${procedure}`, { method: 'POST', headers: json, body: unfinished })).text);
    for (const path of [`/${page}?token=${token}`, `/trpc/x?token=${token}`]) answers.push((await send(server.url, path)).text);
  };

  await browser.call('registration.register', { email, password });
  secrets.push(...browser.cookies.values());
  const proof = await browser.mailedToken('verify-email', email);
  await misuse('verify-email', 'registration.verifyEmail', proof);
  expect((await browser.call('registration.verifyEmail', { token: proof })).data).toMatchObject({ status: 'authenticated' });
  secrets.push(...browser.cookies.values());

  const to = newPerson(server.url).email;
  await browser.call('registration.requestEmailChange', { email: to });
  const change = await browser.mailedToken('confirm-email-change', to);
  await misuse('confirm-email-change', 'registration.confirmEmailChange', change);
  expect((await browser.call('registration.confirmEmailChange', { token: change })).data).toEqual({ status: 'email_changed' });

  await browser.call('password.requestReset', { email: to });
  const reset = await browser.mailedToken('reset-password', to);
  await misuse('reset-password', 'password.confirmReset', reset);
  expect((await browser.call('password.confirmReset', { token: reset, newPassword })).data).toEqual({ status: 'reset' });
  await browser.call('auth.login', { identifier: to, password: newPassword });
  secrets.push(...browser.cookies.values());

  const said = server.output();
  expect(said.match(/"answered"/g)?.length).toBeGreaterThan(30);
  expect(secrets.filter((secret) => secret.length > 8).length).toBeGreaterThan(8);
  for (const secret of secrets) {
    expect(said).not.toContain(secret);
    expect(answers.join('\n')).not.toContain(secret);
  }
  expect(said).not.toMatch(/lk[svpcbdr]_/);
});

test('the page that a link opens sends no referrer, and loads nothing of anybody else (R-PWD-16)', async () => {
  for (const page of ['verify-email', 'reset-password', 'confirm-email-change']) {
    const { status, headers, text } = await send(server.url, `/${page}`);
    expect(status).toBe(200);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toMatch(/default-src 'self'/);
    expect(text.match(/(src|href)="(?!\/)[^"]*"/g) ?? []).toEqual([]);
  }
});
