import { createTestDatabase, type TestDatabase } from '@latchkey/user-core/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchChromium } from '../../../test/browser/chromium.ts';
import { openBrowser } from '../../auth-server/test/browser.ts';
import { newPerson, type Person } from '../../auth-server/test/person.ts';
import { type Example, startExample } from './example-command.ts';

let database: TestDatabase;
let example: Example;
let browser: Browser;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  [example, browser] = await Promise.all([startExample(database.url), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  example.close();
  await database.drop();
});

/** Somebody who has an account at the auth server, and is logged in nowhere. */
async function newWriter(): Promise<Person> {
  const person = newPerson(example.authUrl);
  const { email, username, password } = person;
  await person.browser.call('registration.register', { email, username, password });
  const token = await person.browser.mailedToken('verify-email', email);
  await openBrowser(example.authUrl).call('registration.verifyEmail', { token, password });
  return person;
}

async function logIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail address or username').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function addNote(page: Page, text: string, isShared = false): Promise<void> {
  await page.getByLabel('New note').fill(text);
  await page.getByLabel('Share it').setChecked(isShared);
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('region', { name: 'My notes' }).getByText(text).waitFor();
}

async function openPage(): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext({ baseURL: example.notesUrl })).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto('/');
  return { page, complaints };
}

test('a person logs in at the auth server, and adds and removes notes at the service; nothing is left in the browser', async () => {
  const ada = await newWriter();
  const { page, complaints } = await openPage();
  await logIn(page, ada);
  await page.getByRole('heading', { name: `Notes of ${ada.email}` }).waitFor();
  await addNote(page, 'Water the fern');
  await addNote(page, 'Tea at four, everybody', true);
  const shared = page.getByRole('region', { name: 'Shared notes' });
  await shared.getByText('Tea at four, everybody').waitFor();
  await shared.getByText(ada.username).waitFor();
  expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual(['', 0, 0]);

  const fern = page.getByRole('listitem').filter({ hasText: 'Water the fern' });
  await fern.getByRole('button', { name: 'Remove' }).click();
  await fern.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

test('who logs out leaves nothing behind for whoever logs in next', async () => {
  const [ada, bob] = [await newWriter(), await newWriter()];
  const { page } = await openPage();
  await logIn(page, ada);
  await addNote(page, 'For my eyes only');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  // What is shown now is what was kept: the service does not answer.
  await page.route('**/trpc/notes.**', () => {});
  await logIn(page, bob);
  await page.getByRole('heading', { name: `Notes of ${bob.email}` }).waitFor();
  expect(await page.getByRole('listitem').count()).toBe(0);
  await page.unrouteAll();
});

test('a wrong password is told in words, and what was typed stays', async () => {
  const { page } = await openPage();
  await logIn(page, { email: 'nobody@example.com', password: 'not the password' });
  await page.getByRole('alert').getByText('That is not right.').waitFor();
  expect(await page.getByLabel('E-mail address or username').inputValue()).toBe('nobody@example.com');
});

test('the page may be framed by nobody, and call its own server and the auth server alone', async () => {
  const { headers } = await fetch(example.notesUrl);
  const policy = headers.get('content-security-policy');
  expect(policy).toContain(`connect-src 'self' ${example.authUrl};`);
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
