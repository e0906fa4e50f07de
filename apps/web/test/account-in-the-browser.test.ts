import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchChromium } from '../../../test/browser/chromium.ts';
import { startNewServer } from '../../auth-server/test/new-server.ts';
import type { TestServer } from '../../auth-server/test/start-server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startNewServer(inject('databaseUrl')), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** A page of a browser that has never been here, and everything it complained about or asked of anybody else. */
async function openPage(): Promise<{ page: Page; complaints: string[] }> {
  const complaints: string[] = [];
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints };
}

test('a person registers, reads the mail, verifies, logs out and in again, and sees who they are', async () => {
  const { page, complaints } = await openPage();
  await page.goto('/');
  await page.getByRole('link', { name: 'Register' }).click();
  await page.getByLabel('E-mail address').fill('ada@example.com');
  await page.getByLabel('Password').fill('analytical engine no. 1');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();

  await page.getByRole('link', { name: '/dev/mailbox' }).click();
  await expect.poll(async () => (await page.reload())?.text(), { timeout: 10_000 }).toContain('ada@example.com');
  const mail = (await (await page.request.get('/dev/mailbox.json')).json()) as { text: string }[];
  const link = /http\S+\/verify-email#token=\S+/.exec(mail[0]?.text ?? '')?.[0];
  await page.goto(link ?? '');
  await page.getByRole('heading', { name: 'Your address is verified' }).waitFor();
  expect(new URL(page.url()).hash).toBe('');

  await page.getByRole('link', { name: 'Go to the start' }).click();
  await page.getByText('You are ada@example.com').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You are not logged in.').waitFor();

  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('E-mail address or username').fill('ada@example.com');
  await page.getByLabel('Password').fill('analytical engine no. 1');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('You are ada@example.com').waitFor();
  expect(await page.evaluate<string>('document.cookie')).toBe('');
  expect(complaints).toEqual([]);
});

test('a wrong password is told in words, and what was typed stays', async () => {
  const { page } = await openPage();
  await page.goto('/login');
  await page.getByLabel('E-mail address or username').fill('nobody@example.com');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('That is not right.').waitFor();
  expect(await page.getByLabel('E-mail address or username').inputValue()).toBe('nobody@example.com');
});
